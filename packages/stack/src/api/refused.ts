/**
 * What OpenAI's API has and the server refuses by name. It is in the OpenAPI document, described as refused and marked
 * `x-refused`, because the schema that refuses it is the one that the document is made of.
 */
import { z } from "zod";

const said = (reason: string): Record<string, unknown> => ({
  description: `Refused with 400. ${reason}`,
  "x-refused": true,
});

/** A field that may be absent or null, and is refused with any value. */
export function refusedField(schema: z.ZodType, reason: string): z.ZodOptional<z.ZodType<null>> {
  const field = schema.nullish().refine((value) => value == null, { error: reason });
  return field.meta(said(reason)) as unknown as z.ZodOptional<z.ZodType<null>>;
}

/** A variant that a union knows by its `type`, or by another `key`, and refuses. */
export function refusedVariant(
  type: string,
  fields: z.ZodRawShape,
  { reason, key = "type" }: { reason: string; key?: string },
): z.ZodType<never> & z.core.$ZodTypeDiscriminable {
  const variant = z
    .looseObject({ ...fields, [key]: z.literal(type) })
    .refine(() => false, { error: reason, path: [key] });
  return variant.meta(said(reason)) as unknown as z.ZodType<never> & z.core.$ZodTypeDiscriminable;
}

/** Words of which some are refused. */
export function someWords<T extends string>(
  taken: readonly [T, ...T[]],
  refused: readonly string[],
  reason: string,
): z.ZodType<T> {
  const words = z.enum([...taken, ...refused], { error: reason });
  return words
    .refine((word) => !refused.includes(word), { error: reason })
    .meta({
      description: `Refused with 400 are ${refused.join(", ")}. ${reason}`,
      "x-refused-words": refused,
    }) as unknown as z.ZodType<T>;
}
