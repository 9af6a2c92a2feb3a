import type { ReferenceImpl } from "./run-context.ts";

/**
 * y_TN = x_TK times w_NK transposed. The product of two f32 is exact in f64 and the f64 sum is rounded to f32 once, so
 * the result is the true one to half a unit in the last place, whatever order another backend sums in.
 */
export const linear: ReferenceImpl<"linear"> = async ({ x, weight }, run, y) => {
  const { data: x_TK, rows, cols } = run.value(x);
  const w_NK = run.weight(weight).values;
  for (let n = 0; n < y.cols; n++) {
    if (run.pacer.isDue()) await run.pacer.pause();
    const w = n * cols;
    for (let row = 0; row < rows; row++) {
      const start = row * cols;
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += x_TK[start + k]! * w_NK[w + k]!;
      y.data[row * y.cols + n] = sum;
    }
  }
};
