import { type PackedBatch, packExamples, rowsOf } from "../batch/pack.ts";
import type { RenderedPair } from "../chat-data/render-pairs.ts";
import type { PairLogProbs } from "./preference-loss.ts";

/** Pairs in one batch: example 2 i is the chosen response of pair i, 2 i + 1 the rejected one. */
export interface PairBatch {
  batch: PackedBatch;
  /** Index of each pair in the list that was packed. */
  members: readonly number[];
  /** [O]: 1 where a row counts as preference; 0 on tokens that only give a response its form. */
  counts: Uint8Array;
}

export interface PairBatchOptions {
  maxRows: number;
  maxOutputs: number;
  /** Tokens of headers and ends, which are masked: to learn them from both responses with opposite signs harms the ends. */
  formatIds: ReadonlySet<number>;
}

const outputsOf = (weights: Float32Array): number => weights.reduce((sum, w) => sum + (w === 0 ? 0 : 1), 0);

/** Rows that both responses of a pair take. */
export function pairRows({ chosen, rejected }: RenderedPair): number {
  return rowsOf(chosen) + rowsOf(rejected);
}

/** Packs whole pairs into batches, in order. Throws RangeError for a pair that does not fit. */
export function packPairs(pairs: readonly RenderedPair[], options: PairBatchOptions): PairBatch[] {
  const { maxRows, maxOutputs, formatIds } = options;
  const groups: number[][] = [];
  let [rows, outputs] = [Number.POSITIVE_INFINITY, 0];
  for (const [index, pair] of pairs.entries()) {
    const needed = pairRows(pair);
    const neededOutputs = outputsOf(pair.chosen.weights) + outputsOf(pair.rejected.weights);
    if (needed > maxRows || neededOutputs > maxOutputs)
      throw new RangeError(
        `${pair.source}: The pair takes ${needed} rows and ${neededOutputs} with a loss, and a batch holds ${maxRows} and ${maxOutputs}; raise the length`,
      );
    if (rows + needed > maxRows || outputs + neededOutputs > maxOutputs) {
      groups.push([]);
      [rows, outputs] = [0, 0];
    }
    groups.at(-1)!.push(index);
    rows += needed;
    outputs += neededOutputs;
  }
  return groups.map((members) => {
    const examples = members.flatMap((index) => [pairs[index]!.chosen, pairs[index]!.rejected]);
    const [batch] = packExamples(examples, { maxRows, maxOutputs });
    const counts = Uint8Array.from(batch!.targetIds, (id) => (formatIds.has(id) ? 0 : 1));
    return { batch: batch!, members, counts };
  });
}

/** Log-probability of each response of a batch from the losses of its rows, tokens of form left out. */
export function pairLogProbs({ batch, members, counts }: PairBatch, losses: Float32Array): PairLogProbs[] {
  const sums = new Float64Array(2 * members.length);
  for (const [row, example] of batch.examples.entries())
    if (counts[row] === 1) sums[example]! -= losses[row]!;
  return members.map((_, i) => ({ chosen: sums[2 * i]!, rejected: sums[2 * i + 1]! }));
}
