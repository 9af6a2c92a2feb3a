import type { ReferenceImpl } from "./run-context.ts";

/** y_TD = table_VD[token]. */
export const embed: ReferenceImpl<"embed"> = ({ table }, { step, weight }, { data, cols }) => {
  const weights = weight(table);
  for (const [row, token] of step.tokens.entries()) weights.readRow(token, data, row * cols);
};
