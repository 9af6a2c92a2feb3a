import type { TrainImpl } from "./run-context.ts";

/** y_OD = x_TD[outputRows]. */
export const selectRows: TrainImpl<"selectRows"> = ({ x }, run, y) => {
  const { data, cols } = run.value(x);
  for (const [at, row] of run.batch.outputRows.entries()) {
    y.data.set(data.subarray(row * cols, (row + 1) * cols), at * cols);
  }
};

/** dx_TD[outputRows] = dy_OD, zero elsewhere. */
export const selectRowsGrad: TrainImpl<"selectRowsGrad"> = ({ dy }, run, y) => {
  const { data, cols } = run.value(dy);
  for (const [at, row] of run.batch.outputRows.entries()) {
    y.data.set(data.subarray(at * cols, (at + 1) * cols), row * cols);
  }
};
