import { z } from "zod";

/** Query of a listing: a page after an id. */
export interface PageQuery {
  after?: string | undefined;
  limit?: number | undefined;
  order?: "asc" | "desc" | undefined;
}

/** The same fields for queries that have more. */
export const pageFields: {
  after: z.ZodOptional<z.ZodString>;
  limit: z.ZodOptional<z.ZodInt>;
  order: z.ZodOptional<z.ZodEnum<{ asc: "asc"; desc: "desc" }>>;
} = {
  after: z.string().min(1).optional(),
  limit: z.int().min(1).max(10_000).optional(),
  order: z.enum(["asc", "desc"]).optional(),
};

export const pageQuerySchema: z.ZodType<PageQuery> = z.strictObject(pageFields);

/** A page of objects; the ids are empty when it is. */
export interface Page<T> {
  object: "list";
  data: T[];
  first_id: string;
  last_id: string;
  has_more: boolean;
}

/** Schema of a page of what another schema describes. */
export function pageSchema<T>(item: z.ZodType<T>): z.ZodType<Page<T>> {
  return z.strictObject({
    object: z.literal("list"),
    data: z.array(item),
    first_id: z.string(),
    last_id: z.string(),
    has_more: z.boolean(),
  });
}

/** Answer to a deletion. */
export interface Deleted<Name extends string> {
  id: string;
  object: Name;
  deleted: true;
}

/** Schema of the answer to the deletion of an object of a kind. */
export function deletedSchema<Name extends string>(object: Name): z.ZodType<Deleted<Name>> {
  return z.strictObject({ id: z.string(), object: z.literal(object), deleted: z.literal(true) });
}

/** Strings that belong to an object, as OpenAI limits them. */
export const metadataSchema: z.ZodType<Record<string, string>> = z
  .record(z.string().max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 16, "There are more than 16 pairs of metadata");
