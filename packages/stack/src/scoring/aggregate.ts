import type { Json } from "../api/json.ts";
import type { AggregationFunction } from "../api/scoring.ts";

/** Score of one row: a number, or a category such as a judge's grade. */
export type Score = number | string;

const numbersOf = (scores: readonly Score[]): number[] => scores.map(Number).filter(Number.isFinite);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** What each function makes of the scores of all rows, in Llama Stack's form. */
const aggregations: { readonly [K in AggregationFunction]: (scores: readonly Score[]) => Json } = {
  average: (scores) => ({ average: mean(numbersOf(scores)) }),
  // Rows have no weights of their own.
  weighted_average: (scores) => ({ weighted_average: mean(numbersOf(scores)) }),
  median: (scores) => ({ median: median(numbersOf(scores)) }),
  categorical_count: (scores) => {
    const counts = new Map<string, number>();
    for (const score of scores) counts.set(String(score), (counts.get(String(score)) ?? 0) + 1);
    return { categorical_count: Object.fromEntries(counts) };
  },
  accuracy: (scores) => {
    const numCorrect = numbersOf(scores).reduce((sum, value) => sum + value, 0);
    const accuracy = scores.length === 0 ? 0 : numCorrect / scores.length;
    return { accuracy, num_correct: numCorrect, num_total: scores.length };
  },
};

/** Sums scores up. */
export function aggregate(
  scores: readonly Score[],
  functions: readonly AggregationFunction[],
): Record<string, Json> {
  return Object.fromEntries(functions.map((name) => [name, aggregations[name](scores)]));
}
