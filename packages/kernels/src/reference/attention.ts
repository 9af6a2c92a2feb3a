import type { StepSequence } from "../kernels.ts";
import type { ReferenceImpl } from "./run-context.ts";

/**
 * Causal grouped-query attention (Ainslie et al. 2023): query heads g*j to g*j + g-1 share KV head j, and the row at
 * position p sees tokens 0 to p. Scores, softmax and sums in f64, rounded to f32 once.
 */
export const attention: ReferenceImpl<"attention"> = async (op, run, y) => {
  const { heads, kvHeads, headDim, layer, scale } = op;
  const { data: q, cols } = run.value(op.q);
  const pool = run.pool();
  const group = heads / kvHeads;

  /** Attends every row of a sequence with the query heads of one KV head. */
  const attend = async (
    { rowStart, rowCount, position, blocks }: StepSequence,
    kvHead: number,
  ): Promise<void> => {
    const numTokens = position + rowCount;
    const keys = new Float32Array(numTokens * headDim);
    const values = new Float32Array(numTokens * headDim);
    for (let token = 0; token < numTokens; token++) {
      const vector = pool.vectorOf(layer, kvHead, blocks, token);
      pool.keys.read(vector, keys.subarray(token * headDim));
      pool.values.read(vector, values.subarray(token * headDim));
    }
    const weights = new Float64Array(numTokens);
    const sums = new Float64Array(headDim);
    for (let row = 0; row < rowCount; row++) {
      for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
        if (run.pacer.isDue()) await run.pacer.pause();
        const start = (rowStart + row) * cols + head * headDim;
        const visible = position + row + 1;
        let max = Number.NEGATIVE_INFINITY;
        for (let token = 0; token < visible; token++) {
          let score = 0;
          for (let d = 0; d < headDim; d++) score += q[start + d]! * keys[token * headDim + d]!;
          weights[token] = score * scale;
          max = Math.max(max, weights[token]!);
        }
        let total = 0;
        sums.fill(0);
        for (let token = 0; token < visible; token++) {
          const weight = Math.exp(weights[token]! - max);
          total += weight;
          for (let d = 0; d < headDim; d++) sums[d]! += weight * values[token * headDim + d]!;
        }
        for (let d = 0; d < headDim; d++) y.data[start + d] = sums[d]! / total;
      }
    }
  };

  for (const sequence of run.step.sequences) {
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) await attend(sequence, kvHead);
  }
};
