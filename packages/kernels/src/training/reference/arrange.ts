import type { TrainImpl } from "./run-context.ts";

/** y = a + b. */
export const add: TrainImpl<"add"> = (op, run, y) => {
  const { data: a } = run.value(op.a);
  const { data: b } = run.value(op.b);
  for (let i = 0; i < a.length; i++) y.data[i] = a[i]! + b[i]!;
};

/** y = x[:, from to from + count]. */
export const columns: TrainImpl<"columns"> = ({ x, from, count }, run, y) => {
  const { data, rows, cols } = run.value(x);
  for (let row = 0; row < rows; row++) {
    y.data.set(data.subarray(row * cols + from, row * cols + from + count), row * count);
  }
};

/** y = what the caller gave for the output. */
export const seed: TrainImpl<"seed"> = ({ output }, run, y) => {
  y.data.set(run.seed(output));
};
