import type { TrainImpl } from "./run-context.ts";

/** y_TD = table_VD[token]. */
export const embed: TrainImpl<"embed"> = ({ table }, { batch, param }, y) => {
  const { data, cols } = param(table);
  for (const [row, token] of batch.tokens.entries()) {
    y.data.set(data.subarray(token * cols, (token + 1) * cols), row * cols);
  }
};

/** gradient_VD[token] += dy_TD, row after row. */
export const embedGrad: TrainImpl<"embedGrad"> = (op, { batch, value, gradient }) => {
  const { data: dy, cols } = value(op.dy);
  const table = gradient(op.table);
  for (const [row, token] of batch.tokens.entries()) {
    for (let i = 0; i < cols; i++) table[token * cols + i]! += dy[row * cols + i]!;
  }
};
