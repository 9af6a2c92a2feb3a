/** Python's string.punctuation. */
const asciiPunctuation = /[!-/:-@[-`{-~]/g;

/** What does not count when two texts are compared; the names are those of lm-evaluation-harness. */
export interface ExactMatchOptions {
  ignoreCase?: boolean;
  ignorePunctuation?: boolean;
  /** Removed from both sides first, in this order. */
  ignore?: readonly RegExp[];
}

/** 1 if the answer is one of the targets once both are cleaned by the options. */
export function exactMatch(
  answer: string,
  targets: readonly string[],
  options: ExactMatchOptions = {},
): number {
  const cleaned = clean(answer, options);
  return targets.some((target) => clean(target, options) === cleaned) ? 1 : 0;
}

function clean(text: string, options: ExactMatchOptions): string {
  let body = text;
  for (const regex of options.ignore ?? [])
    body = body.replace(new RegExp(regex.source, `${regex.flags}g`), "");
  if (options.ignoreCase) body = body.toLowerCase();
  if (options.ignorePunctuation) body = body.replace(asciiPunctuation, "");
  return body.trim();
}

/** Lower case, without punctuation and the articles, single spaces: the form SQuAD's script compares. */
export function normalizeSquad(text: string): string {
  return text
    .toLowerCase()
    .replace(asciiPunctuation, "")
    .replace(/(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu, " ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(" ");
}

/** 1 if a target stands somewhere in the answer as whole words, both in SQuAD's form. */
export function containsTarget(answer: string, targets: readonly string[]): number {
  const body = ` ${normalizeSquad(answer)} `;
  return targets.some((target) => {
    const wanted = normalizeSquad(target);
    return wanted !== "" && body.includes(` ${wanted} `);
  })
    ? 1
    : 0;
}
