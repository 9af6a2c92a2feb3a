import { z } from "zod";

/** An entry of `GET /v1/models`. */
export interface ModelEntry {
  id: string;
  object: "model";
  /** Seconds since 1970. */
  created: number;
  owned_by: string;
  /** Tokens of prompt and answer together. */
  context_length: number;
}

export interface ModelList {
  object: "list";
  data: ModelEntry[];
}

export const modelEntrySchema: z.ZodType<ModelEntry> = z.strictObject({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  context_length: z.int(),
});

export const modelListSchema: z.ZodType<ModelList> = z.strictObject({
  object: z.literal("list"),
  data: z.array(modelEntrySchema),
});
