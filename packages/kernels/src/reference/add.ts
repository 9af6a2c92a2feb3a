import type { ReferenceImpl } from "./run-context.ts";

/** y = a + b. */
export const add: ReferenceImpl<"add"> = (op, run, y) => {
  const { data: a } = run.value(op.a);
  const { data: b } = run.value(op.b);
  for (let i = 0; i < a.length; i++) y.data[i] = a[i]! + b[i]!;
};
