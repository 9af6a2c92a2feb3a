import type { ReferenceImpl } from "./run-context.ts";

/**
 * y_TN = base + scale * B_NR (A_RK x_K) in the rows of sequences with an adapter that has the target (Hu et al. 2021);
 * the other rows are base, bit for bit. Sums in f64, rounded to f32 once.
 */
export const loraAdd: ReferenceImpl<"loraAdd"> = ({ base, x, target }, run, y) => {
  const { data: x_TK, cols } = run.value(x);
  y.data.set(run.value(base).data);
  for (const { rowStart, rowCount, adapter } of run.step.sequences) {
    if (adapter === undefined) continue;
    const change = run.adapter(adapter).targets.find((each) => each.target === target);
    if (change === undefined) continue;
    const { rank, a, b, scale } = change;
    for (let row = rowStart; row < rowStart + rowCount; row++) {
      const low = Array.from({ length: rank }, (_, r) => {
        let sum = 0;
        for (let k = 0; k < cols; k++) sum += a[r * cols + k]! * x_TK[row * cols + k]!;
        return sum;
      });
      for (let n = 0; n < y.cols; n++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) sum += b[n * rank + r]! * low[r]!;
        y.data[row * y.cols + n]! += scale * sum;
      }
    }
  }
};
