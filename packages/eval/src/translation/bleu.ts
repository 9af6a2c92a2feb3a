import { type BleuTokenizer, tokenizeForBleu } from "./bleu-tokenizers.ts";

const maxOrder = 4;

export interface BleuOptions {
  /** Default 13a. */
  tokenizer?: BleuTokenizer;
  /** Stops at the longest n-gram that the answer can have; for single sentences. */
  hasEffectiveOrder?: boolean;
}

function countNgrams(tokens: readonly string[]): Map<string, number>[] {
  return Array.from({ length: maxOrder }, (_, order) => {
    const counts = new Map<string, number>();
    for (let at = 0; at + order < tokens.length; at++) {
      const ngram = tokens.slice(at, at + order + 1).join(" ");
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    }
    return counts;
  });
}

/**
 * Sufficient statistics of one sentence: length of the answer, length of the closest reference, matches of n-grams 1-4,
 * n-grams 1-4 of the answer. Sums over sentences are those of the corpus.
 */
export function bleuStatistics(
  answer: string,
  references: readonly string[],
  { tokenizer = "13a" }: BleuOptions = {},
): number[] {
  const tokens = tokenizeForBleu(answer, tokenizer);
  const ours = countNgrams(tokens);
  const theirs = ours.map(() => new Map<string, number>());
  let closest = -1;
  for (const reference of references) {
    const words = tokenizeForBleu(reference, tokenizer);
    const [gap, best] = [Math.abs(words.length - tokens.length), Math.abs(closest - tokens.length)];
    if (closest === -1 || gap < best || (gap === best && words.length < closest)) closest = words.length;
    countNgrams(words).forEach((counts, order) => {
      const most = theirs[order]!;
      for (const [ngram, count] of counts) most.set(ngram, Math.max(most.get(ngram) ?? 0, count));
    });
  }
  const matches = ours.map((counts, order) =>
    [...counts].reduce((sum, [ngram, count]) => sum + Math.min(count, theirs[order]!.get(ngram) ?? 0), 0),
  );
  const totals = ours.map((_, order) => Math.max(0, tokens.length - order));
  return [tokens.length, Math.max(closest, 0), ...matches, ...totals];
}

/** BLEU in 0-100 of (sums of) statistics, with exponential smoothing as sacrebleu has it by default. */
export function bleuOfStatistics(
  statistics: readonly number[],
  { hasEffectiveOrder = false }: BleuOptions = {},
): number {
  const [length = 0, referenceLength = 0] = statistics;
  const matches = statistics.slice(2, 2 + maxOrder);
  const totals = statistics.slice(2 + maxOrder);
  if (length === 0 || matches.every((count) => count === 0)) return 0;
  const brevity = length < referenceLength ? Math.exp(1 - referenceLength / length) : 1;
  let smoothing = 1;
  let order = maxOrder;
  const precisions = new Array<number>(maxOrder).fill(0);
  for (let at = 0; at < maxOrder; at++) {
    const total = totals[at]!;
    if (total === 0) break;
    if (hasEffectiveOrder) order = at + 1;
    if (matches[at] === 0) {
      smoothing *= 2;
      precisions[at] = 100 / (smoothing * total);
    } else precisions[at] = (100 * matches[at]!) / total;
  }
  if (precisions.slice(0, order).some((precision) => precision === 0)) return 0;
  const sum = precisions.slice(0, order).reduce((logs, precision) => logs + Math.log(precision), 0);
  return brevity * Math.exp(sum / order);
}

/** BLEU of one sentence, with effective order. */
export function sentenceBleu(
  answer: string,
  references: readonly string[],
  options: BleuOptions = {},
): number {
  return bleuOfStatistics(bleuStatistics(answer, references, options), {
    hasEffectiveOrder: true,
    ...options,
  });
}
