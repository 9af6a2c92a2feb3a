import { splitWords } from "./python-whitespace.ts";

const charOrder = 6;
const beta = 2;
const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

export interface ChrfOptions {
  /** 0: chrF2 (default); 2: chrF++. */
  wordOrder?: number;
}

type Counts = Map<string, number>;

function countNgrams(units: readonly string[], order: number, glue: string): Counts {
  const counts: Counts = new Map();
  for (let at = 0; at + order <= units.length; at++) {
    const ngram = units.slice(at, at + order).join(glue);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** Words with one sign of punctuation at the end, or else at the start, apart. */
function wordsOf(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (punctuation.has(characters.at(-1)!)) return [characters.slice(0, -1).join(""), characters.at(-1)!];
    if (punctuation.has(characters[0]!)) return [characters[0]!, characters.slice(1).join("")];
    return [word];
  });
}

function ngramsOf(text: string, wordOrder: number): Counts[] {
  const characters = Array.from(splitWords(text).join(""));
  const counts = Array.from({ length: charOrder }, (_, at) => countNgrams(characters, at + 1, ""));
  const words = wordOrder === 0 ? [] : wordsOf(text);
  for (let order = 1; order <= wordOrder; order++) counts.push(countNgrams(words, order, " "));
  return counts;
}

const total = (counts: Counts): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** Per order: n-grams of the answer, of the reference that fits best, and their matches. */
export function chrfStatistics(
  answer: string,
  references: readonly string[],
  { wordOrder = 0 }: ChrfOptions = {},
): number[] {
  const ours = ngramsOf(answer, wordOrder);
  let best: number[] = [];
  let bestScore = -1;
  for (const reference of references) {
    const statistics = ngramsOf(reference, wordOrder).flatMap((theirs, at) => {
      const mine = ours[at]!;
      let matches = 0;
      for (const [ngram, count] of mine) matches += Math.min(count, theirs.get(ngram) ?? 0);
      return [theirs.size > 0 ? total(mine) : 0, total(theirs), matches];
    });
    const score = chrfOfStatistics(statistics);
    if (score > bestScore) [best, bestScore] = [statistics, score];
  }
  return best;
}

/** ChrF in 0-100 of (sums of) statistics; orders that a side has no n-grams of do not count. */
export function chrfOfStatistics(statistics: readonly number[]): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let at = 0; at < statistics.length; at += 3) {
    const [ours, theirs, matches] = [statistics[at]!, statistics[at + 1]!, statistics[at + 2]!];
    if (ours === 0 || theirs === 0) continue;
    precision += matches / ours;
    recall += matches / theirs;
    orders++;
  }
  if (orders === 0 || precision + recall === 0) return 0;
  precision /= orders;
  recall /= orders;
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}

/** ChrF of one sentence. */
export function sentenceChrf(
  answer: string,
  references: readonly string[],
  options: ChrfOptions = {},
): number {
  return chrfOfStatistics(chrfStatistics(answer, references, options));
}
