import { z } from "zod";

/** A number, or the text of one, which is what a variable holds. */
export function numberField(schema: z.ZodType<number>): z.ZodType<number> {
  return z.preprocess(
    (value) => (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value),
    schema,
  );
}
