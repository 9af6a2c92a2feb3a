import { stemPorter } from "./porter-stemmer.ts";

/** Precision, recall and F1 of one overlap. */
export interface RougeScore {
  precision: number;
  recall: number;
  f1: number;
}

/** Words as rouge_score cuts them: lower case, runs of ASCII letters and digits; stemmed if longer than three. */
export function rougeWords(text: string, options: { isStemmed?: boolean } = {}): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return options.isStemmed ? words.map((word) => (word.length > 3 ? stemPorter(word) : word)) : [...words];
}

function fromCounts(same: number, answer: number, target: number): RougeScore {
  const precision = same / Math.max(answer, 1);
  const recall = same / Math.max(target, 1);
  return {
    precision,
    recall,
    f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
  };
}

function countGrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= words.length; start++) {
    const gram = words.slice(start, start + n).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** ROUGE-n: n-grams in common, each as often as both have it. */
export function rougeN(answer: readonly string[], target: readonly string[], n: number): RougeScore {
  const mine = countGrams(answer, n);
  let same = 0;
  for (const [gram, count] of countGrams(target, n)) same += Math.min(count, mine.get(gram) ?? 0);
  return fromCounts(same, Math.max(answer.length - n + 1, 0), Math.max(target.length - n + 1, 0));
}

/** ROUGE-L: the longest common subsequence. */
export function rougeL(answer: readonly string[], target: readonly string[]): RougeScore {
  if (answer.length === 0 || target.length === 0) return { precision: 0, recall: 0, f1: 0 };
  let above = new Int32Array(answer.length + 1);
  for (const word of target) {
    const row = new Int32Array(answer.length + 1);
    for (let i = 1; i <= answer.length; i++)
      row[i] = answer[i - 1] === word ? above[i - 1]! + 1 : Math.max(above[i]!, row[i - 1]!);
    above = row;
  }
  return fromCounts(above[answer.length]!, answer.length, target.length);
}

/** F1 of ROUGE-1, -2 and -L against the reference that fits best, chosen for each alone as rouge_score's score_multi. */
export function rougeF1(
  answer: string,
  targets: readonly string[],
  options: { isStemmed?: boolean } = {},
): { rouge1: number; rouge2: number; rougeL: number } {
  const mine = rougeWords(answer, options);
  const best = { rouge1: 0, rouge2: 0, rougeL: 0 };
  for (const target of targets) {
    const theirs = rougeWords(target, options);
    best.rouge1 = Math.max(best.rouge1, rougeN(mine, theirs, 1).f1);
    best.rouge2 = Math.max(best.rouge2, rougeN(mine, theirs, 2).f1);
    best.rougeL = Math.max(best.rougeL, rougeL(mine, theirs).f1);
  }
  return best;
}
