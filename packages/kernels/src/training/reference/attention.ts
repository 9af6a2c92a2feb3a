import type { TrainOpOf } from "../shapes.ts";
import type { TrainImpl, TrainRun } from "./run-context.ts";

/** One query head at one row: what it sees are the rows from `first` to `row` itself. */
interface Query {
  row: number;
  first: number;
  head: number;
  /** KV head that it shares: query heads g*j to g*j + g-1 have KV head j (Ainslie et al. 2023). */
  kvHead: number;
  /** Probabilities of rows `first` to `row`, from index 0. */
  weights: Float64Array;
}

/** Softmax of the scores of each query head at each row, in f64. `weights` is only good until the next query. */
function* queries(op: TrainOpOf<"attention">, run: TrainRun): Generator<Query> {
  const { heads, kvHeads, headDim, scale } = op;
  const { data: q, rows } = run.value(op.q);
  const { data: k } = run.value(op.k);
  const weights = new Float64Array(rows);
  for (const [index, first] of run.batch.starts.entries()) {
    const end = run.batch.starts[index + 1] ?? rows;
    for (let row = first; row < end; row++) {
      for (let head = 0; head < heads; head++) {
        const kvHead = Math.floor(head / (heads / kvHeads));
        let max = Number.NEGATIVE_INFINITY;
        for (let seen = first; seen <= row; seen++) {
          let score = 0;
          const at = (seen * kvHeads + kvHead) * headDim;
          for (let d = 0; d < headDim; d++) score += q[(row * heads + head) * headDim + d]! * k[at + d]!;
          weights[seen - first] = score * scale;
          max = Math.max(max, score * scale);
        }
        let total = 0;
        for (let i = 0; i <= row - first; i++) {
          weights[i] = Math.exp(weights[i]! - max);
          total += weights[i]!;
        }
        for (let i = 0; i <= row - first; i++) weights[i]! /= total;
        yield { row, first, head, kvHead, weights };
      }
    }
  }
}

/** Causal grouped-query attention within each sequence of the batch. */
export const attention: TrainImpl<"attention"> = (op, run, y) => {
  const { heads, kvHeads, headDim } = op;
  const { data: v } = run.value(op.v);
  const sums = new Float64Array(headDim);
  for (const { row, first, head, kvHead, weights } of queries(op, run)) {
    sums.fill(0);
    for (let seen = first; seen <= row; seen++) {
      const at = (seen * kvHeads + kvHead) * headDim;
      for (let d = 0; d < headDim; d++) sums[d]! += weights[seen - first]! * v[at + d]!;
    }
    y.data.set(sums, (row * heads + head) * headDim);
  }
};

/**
 * With p the probabilities and dp_j = dy . v_j: dscore_j = p_j * (dp_j - sum_i p_i dp_i);
 * dq = scale * sum_j dscore_j k_j, dk_j += scale * dscore_j q, dv_j += p_j dy. Columns of y: q, then k, then v.
 */
export const attentionGrad: TrainImpl<"attentionGrad"> = (op, run, y) => {
  const forward = run.attentionOf(op.forward);
  const { heads, kvHeads, headDim, scale } = forward;
  const { data: dy } = run.value(op.dy);
  const { data: q } = run.value(forward.q);
  const { data: k } = run.value(forward.k);
  const { data: v } = run.value(forward.v);
  const sums = new Float64Array(y.data.length);
  const dp = new Float64Array(y.rows);
  for (const { row, first, head, kvHead, weights } of queries(forward, run)) {
    const query = (row * heads + head) * headDim;
    const dq = row * y.cols + head * headDim;
    let mean = 0;
    for (let seen = first; seen <= row; seen++) {
      const at = (seen * kvHeads + kvHead) * headDim;
      let dot = 0;
      for (let d = 0; d < headDim; d++) dot += dy[query + d]! * v[at + d]!;
      dp[seen - first] = dot;
      mean += weights[seen - first]! * dot;
    }
    for (let seen = first; seen <= row; seen++) {
      const weight = weights[seen - first]!;
      const dScore = weight * (dp[seen - first]! - mean) * scale;
      const at = (seen * kvHeads + kvHead) * headDim;
      const dk = seen * y.cols + (heads + kvHead) * headDim;
      const dv = dk + kvHeads * headDim;
      for (let d = 0; d < headDim; d++) {
        sums[dq + d]! += dScore * k[at + d]!;
        sums[dk + d]! += dScore * q[query + d]!;
        sums[dv + d]! += weight * dy[query + d]!;
      }
    }
  }
  y.data.set(sums);
};
