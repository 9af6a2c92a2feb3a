import { addOuter, times, timesTransposed } from "./products.ts";
import type { TrainImpl } from "./run-context.ts";

/** y_TN = x_TK times w_NK transposed. */
export const linear: TrainImpl<"linear"> = ({ x, weight }, run, y) => {
  y.data.set(timesTransposed(run.value(x), run.param(weight)));
};

/** dx_TK = dy_TN times w_NK. */
export const linearGradX: TrainImpl<"linearGradX"> = ({ dy, weight }, run, y) => {
  y.data.set(times(run.value(dy), run.param(weight)));
};

/** gradient_NK += dy_TN transposed times x_TK. */
export const linearGradWeight: TrainImpl<"linearGradWeight"> = ({ dy, x, weight }, run) => {
  addOuter(run.gradient(weight), run.value(dy), run.value(x), 1);
};
