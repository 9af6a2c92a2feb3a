import type { TrainImpl } from "./run-context.ts";

/** log sum exp of the row that starts at `start`, in f64. */
function logSumExp(logits: Float32Array, start: number, cols: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + cols; i++) max = Math.max(max, logits[i]!);
  let sum = 0;
  for (let i = start; i < start + cols; i++) sum += Math.exp(logits[i]! - max);
  return max + Math.log(sum);
}

/** y_O = sum_s probability_s * (log sum exp(logits) - logits[id_s]). */
export const crossEntropy: TrainImpl<"crossEntropy"> = (op, run, y) => {
  const { data: logits, rows, cols } = run.value(op.logits);
  const { targetIds, targetProbs } = run.batch;
  const perRow = targetIds.length / rows;
  for (let row = 0; row < rows; row++) {
    const total = logSumExp(logits, row * cols, cols);
    let loss = 0;
    for (let s = row * perRow; s < (row + 1) * perRow; s++) {
      if (targetProbs[s] !== 0) loss += targetProbs[s]! * (total - logits[row * cols + targetIds[s]!]!);
    }
    y.data[row] = loss;
  }
};

/** dlogits = dy_O * (sum_s probability_s * softmax(logits) - targets). */
export const crossEntropyGrad: TrainImpl<"crossEntropyGrad"> = (op, run, y) => {
  const { data: logits, rows, cols } = run.value(op.logits);
  const { data: dy } = run.value(op.dy);
  const { targetIds, targetProbs } = run.batch;
  const perRow = targetIds.length / rows;
  const sums = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const total = logSumExp(logits, start, cols);
    let mass = 0;
    for (let s = row * perRow; s < (row + 1) * perRow; s++) mass += targetProbs[s]!;
    for (let i = 0; i < cols; i++) sums[i] = mass * Math.exp(logits[start + i]! - total);
    for (let s = row * perRow; s < (row + 1) * perRow; s++) sums[targetIds[s]!]! -= targetProbs[s]!;
    for (let i = 0; i < cols; i++) y.data[start + i] = dy[row]! * sums[i]!;
  }
};
