import { addOuter, times, timesTransposed } from "./products.ts";
import type { TrainImpl } from "./run-context.ts";

/** y_TN = base_TN + scale * B_NR (A_RK x_TK) (Hu et al. 2021). */
export const loraAdd: TrainImpl<"loraAdd"> = ({ base, x, a, b, scale }, run, y) => {
  const { data } = run.value(base);
  const { data: up, rows: outputs, cols: rank } = run.param(b);
  const low_TR = timesTransposed(run.value(x), run.param(a));
  for (let row = 0; row < y.rows; row++) {
    for (let n = 0; n < outputs; n++) {
      let sum = 0;
      for (let r = 0; r < rank; r++) sum += low_TR[row * rank + r]! * up[n * rank + r]!;
      y.data[row * outputs + n] = data[row * outputs + n]! + scale * sum;
    }
  }
};

/** dx_TK = scale * (dy_TN B_NR) A_RK. */
export const loraGradX: TrainImpl<"loraGradX"> = ({ dy, a, b, scale }, run, y) => {
  const down = run.param(a);
  const low_TR = times(run.value(dy), run.param(b));
  const sums = new Float64Array(down.cols);
  for (let row = 0; row < y.rows; row++) {
    sums.fill(0);
    for (let r = 0; r < down.rows; r++) {
      const factor = scale * low_TR[row * down.rows + r]!;
      for (let k = 0; k < down.cols; k++) sums[k]! += factor * down.data[r * down.cols + k]!;
    }
    y.data.set(sums, row * down.cols);
  }
};

/** gradient of B_NR += scale * dy^T (x A^T); gradient of A_RK += scale * (dy B)^T x. */
export const loraGradWeights: TrainImpl<"loraGradWeights"> = (op, run) => {
  const dy = run.value(op.dy);
  const x = run.value(op.x);
  const { rows: rank } = run.param(op.a);
  const low = { data: timesTransposed(x, run.param(op.a)), cols: rank };
  const high = { data: times(dy, run.param(op.b)), cols: rank };
  addOuter(run.gradient(op.b), dy, low, op.scale);
  addOuter(run.gradient(op.a), high, x, op.scale);
};
