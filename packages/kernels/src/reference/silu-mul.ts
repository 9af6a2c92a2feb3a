import type { ReferenceImpl } from "./run-context.ts";

/** y = gate / (1 + exp(-gate)) * up (Shazeer 2020). */
export const siluMul: ReferenceImpl<"siluMul"> = ({ gate, up }, run, y) => {
  const { data: a } = run.value(gate);
  const { data: b } = run.value(up);
  for (let i = 0; i < a.length; i++) y.data[i] = (a[i]! / (1 + Math.exp(-a[i]!))) * b[i]!;
};
