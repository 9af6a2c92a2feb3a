import type { ReferenceImpl } from "./run-context.ts";

/** A named input of the step. */
export const input: ReferenceImpl<"input"> = ({ name }, { step }, { data, rows, cols }) => {
  const given = step.inputs?.[name];
  if (given?.length !== data.length) {
    throw new RangeError(`Input ${name} must have ${rows} x ${cols} values, got ${given?.length ?? "none"}`);
  }
  data.set(given);
};
