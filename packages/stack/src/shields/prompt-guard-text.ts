/** Signs that nobody sees: fillers, joiners, controls of direction, variation selectors. */
const invisible = /\p{Default_Ignorable_Code_Point}/gu;

/** Tags, which spell ASCII invisibly. */
const tags = /[\u{E0020}-\u{E007E}]/gu;

/** Letters of other scripts that look like Latin ones, each before its double. */
const doubles =
  "аaбbвBсcԁdеeәeһhіiїiјjкkӏlмMнHоoрpԛqѕsтTуyүyѵvԝwхxАAВBЕEЅSІIЈJКKМMНHОOРPСCТTУYХX" +
  "αaβBγyεeηnιiκkνvοoρpτtυuχxωwΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";

/** The Latin letter that a letter of another script looks like. */
export const latinOf: ReadonlyMap<string, string> = new Map(
  Array.from({ length: doubles.length / 2 }, (_, i) => [doubles[2 * i]!, doubles[2 * i + 1]!]),
);

/** Letters with one and the same sign between all of them: `i-g-n-o-r-e`. Spaces are left to the tokens. */
const spelled = /(?<![\p{L}\p{N}])\p{L}([._\-*|/~+])(?:\p{L}\1){2,}\p{L}(?![\p{L}\p{N}])/gu;

/** A text without what hides words from a classifier: lookalikes, invisible signs, wide letters, spelled-out words. */
export function unmask(text: string): string {
  return text
    .replace(tags, (tag) => String.fromCharCode(tag.codePointAt(0)! - 0xe0000))
    .normalize("NFKC")
    .replace(invisible, "")
    .replace(/[\p{L}\p{M}]+/gu, (word) =>
      // A word of one script is a word of that script's language.
      /\p{Script=Latin}/u.test(word) ? word.replace(/\P{Script=Latin}/gu, (c) => latinOf.get(c) ?? c) : word,
    )
    .replace(spelled, (word, sign: string) => word.replaceAll(sign, ""));
}

/**
 * A text with its spaces only where a token of the text without any begins, so that spaces cut no word; null where the
 * tokens do not spell the text. `tokensOf` gives null for unknown ones, which keep their spaces.
 */
export function rejoin(text: string, tokensOf: (text: string) => (string | null)[]): string | null {
  let joined = "";
  const spaced = new Set<number>();
  for (const word of text.trim().split(/\s+/)) {
    if (joined !== "") spaced.add(joined.length);
    joined += word;
  }
  let result = "";
  let at = 0;
  const copyTo = (end: number): void => {
    for (; at < end; at++) result += (spaced.has(at) ? " " : "") + joined[at]!;
  };
  let isUnknown = false;
  for (const token of tokensOf(joined)) {
    if (token === null) isUnknown = true;
    if (token === null || token === "") continue;
    const start = joined.indexOf(token, at);
    if (start < 0 || (start > at && !isUnknown)) return null;
    copyTo(start);
    result += (spaced.has(at) ? " " : "") + token;
    at += token.length;
    isUnknown = false;
  }
  if (at < joined.length && !isUnknown) return null;
  copyTo(joined.length);
  return result;
}

/** A text as it is, and as it reads once nothing hides its words; each once. */
export function readings(text: string, tokensOf: (text: string) => (string | null)[]): string[] {
  const shown = unmask(text);
  const joined = rejoin(shown, tokensOf);
  const plain = (each: string): string => each.trim().replace(/\s+/g, " ");
  return [text, shown, joined ?? shown].filter(
    (each, at, all) => all.findIndex((other) => plain(other) === plain(each)) === at,
  );
}
