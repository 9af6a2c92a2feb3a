import type { ReferenceImpl } from "./run-context.ts";

/** y_OD = x_TD[outputRows]. */
export const selectRows: ReferenceImpl<"selectRows"> = ({ x }, run, y) => {
  const { data, cols } = run.value(x);
  for (const [at, row] of run.step.outputRows.entries()) {
    y.data.set(data.subarray(row * cols, (row + 1) * cols), at * cols);
  }
};
