import type { ReferenceImpl } from "./run-context.ts";

/** y = x / sqrt(mean(x^2) + eps) * weight, row by row (Zhang & Sennrich 2019). */
export const rmsNorm: ReferenceImpl<"rmsNorm"> = ({ x, weight, eps }, run, y) => {
  const { data, rows, cols } = run.value(x);
  const scale = run.weight(weight).values;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    let sum = 0;
    for (let i = start; i < start + cols; i++) sum += data[i]! * data[i]!;
    const inverse = 1 / Math.sqrt(sum / cols + eps);
    for (let i = 0; i < cols; i++) y.data[start + i] = data[start + i]! * inverse * scale[i]!;
  }
};
