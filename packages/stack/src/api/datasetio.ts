import { z } from "zod";
import type { Json } from "./json.ts";
import { objectSchema } from "./registry.ts";

export type Row = Record<string, Json>;

export interface IterRowsQuery {
  start_index?: number | undefined;
  /** -1 is all. */
  limit?: number | undefined;
}

export interface RowsPage {
  data: Row[];
  has_more: boolean;
  url: string | null;
}

export const iterRowsQuerySchema: z.ZodType<IterRowsQuery> = z.strictObject({
  start_index: z
    .int()
    .min(0)
    .max(2 ** 31)
    .optional(),
  limit: z
    .int()
    .min(-1)
    .max(2 ** 31)
    .optional(),
});

export const rowsPageSchema: z.ZodType<RowsPage> = z.strictObject({
  data: z.array(objectSchema),
  has_more: z.boolean(),
  url: z.string().nullable(),
});

export const appendRowsSchema: z.ZodType<{ rows: Row[] }> = z.strictObject({
  rows: z.array(objectSchema).min(1, "There are no rows to append").max(10_000),
});
