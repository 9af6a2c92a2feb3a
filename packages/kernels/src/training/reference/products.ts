import type { TrainMatrix } from "./run-context.ts";

/** y_TN = x_TK times w_NK transposed, as f64. */
export function timesTransposed(x: TrainMatrix, w: TrainMatrix): Float64Array {
  const y = new Float64Array(x.rows * w.rows);
  const { cols } = x;
  for (let n = 0; n < w.rows; n++) {
    for (let row = 0; row < x.rows; row++) {
      let sum = 0;
      for (let k = 0; k < cols; k++) sum += x.data[row * cols + k]! * w.data[n * cols + k]!;
      y[row * w.rows + n] = sum;
    }
  }
  return y;
}

/** y_TK = dy_TN times w_NK, as f64. */
export function times(dy: TrainMatrix, w: TrainMatrix): Float64Array {
  const y = new Float64Array(dy.rows * w.cols);
  const { cols } = w;
  for (let row = 0; row < dy.rows; row++) {
    for (let n = 0; n < w.rows; n++) {
      const factor = dy.data[row * w.rows + n]!;
      for (let k = 0; k < cols; k++) y[row * cols + k]! += factor * w.data[n * cols + k]!;
    }
  }
  return y;
}

/** target_NK += scale * (a_TN transposed times b_TK): each element is summed over the rows in f64, then added once. */
export function addOuter(
  target: Float32Array,
  a: { data: ArrayLike<number>; cols: number },
  b: { data: ArrayLike<number>; cols: number },
  scale: number,
): void {
  const rows = a.data.length / a.cols;
  const sums = new Float64Array(b.cols);
  for (let n = 0; n < a.cols; n++) {
    sums.fill(0);
    for (let row = 0; row < rows; row++) {
      const factor = a.data[row * a.cols + n]!;
      for (let k = 0; k < b.cols; k++) sums[k]! += factor * b.data[row * b.cols + k]!;
    }
    for (let k = 0; k < b.cols; k++) target[n * b.cols + k]! += scale * sums[k]!;
  }
}
