import type { TrainImpl } from "./run-context.ts";

/** 1 / sqrt(mean(x^2) + eps) of the row that starts at `start`. */
function inverseRms(x: Float32Array, start: number, cols: number, eps: number): number {
  let sum = 0;
  for (let i = start; i < start + cols; i++) sum += x[i]! * x[i]!;
  return 1 / Math.sqrt(sum / cols + eps);
}

/** y = x * r * weight with r = 1 / sqrt(mean(x^2) + eps), row by row (Zhang & Sennrich 2019). */
export const rmsNorm: TrainImpl<"rmsNorm"> = (op, run, y) => {
  const { data: x, rows, cols } = run.value(op.x);
  const weight = run.param(op.weight).data;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const r = inverseRms(x, start, cols, op.eps);
    for (let i = 0; i < cols; i++) y.data[start + i] = x[start + i]! * r * weight[i]!;
  }
};

/** dx_i = r * weight_i * dy_i - x_i * r^3 / D * sum_j dy_j * weight_j * x_j. */
export const rmsNormGradX: TrainImpl<"rmsNormGradX"> = (op, run, y) => {
  const { data: x, rows, cols } = run.value(op.x);
  const { data: dy } = run.value(op.dy);
  const weight = run.param(op.weight).data;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const r = inverseRms(x, start, cols, op.eps);
    let dot = 0;
    for (let i = 0; i < cols; i++) dot += dy[start + i]! * weight[i]! * x[start + i]!;
    const along = (dot * r ** 3) / cols;
    for (let i = 0; i < cols; i++) {
      y.data[start + i] = r * weight[i]! * dy[start + i]! - x[start + i]! * along;
    }
  }
};

/** gradient_i += sum over rows of dy_i * x_i * r. */
export const rmsNormGradWeight: TrainImpl<"rmsNormGradWeight"> = (op, run) => {
  const { data: x, rows, cols } = run.value(op.x);
  const { data: dy } = run.value(op.dy);
  const gradient = run.gradient(op.weight);
  const sums = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const r = inverseRms(x, start, cols, op.eps);
    for (let i = 0; i < cols; i++) sums[i]! += dy[start + i]! * x[start + i]! * r;
  }
  for (let i = 0; i < cols; i++) gradient[i]! += sums[i]!;
};
