import { createRandom } from "../../stats/random.ts";

/** Random choices that a seed fixes. */
export interface Chooser {
  below(limit: number): number;
  of<T>(values: readonly T[]): T;
  shuffle<T>(values: readonly T[]): T[];
}

export function createChooser(seed: number): Chooser {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    of: (values) => values[below(values.length)]!,
    shuffle(values) {
      const mixed = [...values];
      for (let at = mixed.length - 1; at > 0; at--) {
        const other = below(at + 1);
        [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
      }
      return mixed;
    },
  };
}

const people =
  "The gardener|A neighbour|The baker|My aunt|The old sailor|A student|The clerk|The weaver|A stranger".split(
    "|",
  );
const deeds = "painted|repaired|carried home|measured|forgot|sold|described|wrapped up|found|admired".split(
  "|",
);
const things =
  "a wooden chair|the blue kettle|three lanterns|a bicycle|the small boat|an umbrella|a map|two baskets".split(
    "|",
  );
const places =
  "behind the mill|near the bridge|at the market|by the river|in the attic|on the hill|under the oak".split(
    "|",
  );
const times = "before noon|in early spring|on a rainy day|after supper|during the fair|late in autumn".split(
  "|",
);

/** A sentence of the haystack, made by rule. */
export function inventSentence(choose: Chooser): string {
  return `${choose.of(people)} ${choose.of(deeds)} ${choose.of(things)} ${choose.of(places)} ${choose.of(times)}.`;
}

const syllables =
  "ba be bo da di do fa fi ga go ka ke ki la le lo ma mi mo na ne no pa pe ra ri ro sa se ta ti to va vi za zo".split(
    " ",
  );

/** A word that is in no dictionary. */
export function inventWord(choose: Chooser, numSyllables = 3): string {
  return Array.from({ length: numSyllables }, () => choose.of(syllables)).join("");
}

/** Different invented words. */
export function inventWords(choose: Chooser, count: number): string[] {
  const words = new Set<string>();
  while (words.size < count) words.add(inventWord(choose));
  return [...words];
}

/** How long a text is and how that is counted. */
export type CountLength = (text: string) => number;

/**
 * Lines up to a budget, with the needles at depths of 0 (start) to 1 (end). Deterministic; never over budget unless the
 * needles alone are.
 */
export function buildHaystack(
  needles: readonly { text: string; depth: number }[],
  options: { budget: number; count: CountLength; nextLine: () => string },
): string[] {
  const { budget, count, nextLine } = options;
  let used = needles.reduce((sum, { text }) => sum + count(`${text}\n`), 0);
  const lines: string[] = [];
  for (;;) {
    const line = nextLine();
    used += count(`${line}\n`);
    if (used > budget) break;
    lines.push(line);
  }
  // From the end, so that places in front stay right.
  const placed = needles
    .map(({ text, depth }, order) => ({ text, at: Math.round(depth * lines.length), order }))
    .sort((a, b) => b.at - a.at || b.order - a.order);
  for (const { text, at } of placed) lines.splice(at, 0, text);
  return lines;
}
