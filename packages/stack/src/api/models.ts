import { z } from "zod";

/** A model, with OpenAI's fields and Llama Stack's. */
export interface ModelEntry {
  id: string;
  object: "model";
  /** Seconds since 1970. */
  created: number;
  owned_by: string;
  /** Tokens of prompt and answer together; absent where another server computes the model. */
  context_length?: number | undefined;
  identifier: string;
  provider_id: string;
  provider_resource_id: string;
  type: "model";
  model_type: "llm" | "embedding" | "rerank";
  metadata: Record<string, string | number>;
  /** Where Llama Stack's listing has its own fields. */
  custom_metadata: Record<string, string | number>;
}

export interface ModelList {
  object: "list";
  data: ModelEntry[];
}

const facts = z.record(z.string(), z.union([z.string(), z.number()]));

export const modelEntrySchema: z.ZodType<ModelEntry> = z.strictObject({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  context_length: z.int().optional(),
  identifier: z.string(),
  provider_id: z.string(),
  provider_resource_id: z.string(),
  type: z.literal("model"),
  model_type: z.enum(["llm", "embedding", "rerank"]),
  metadata: facts,
  custom_metadata: facts,
});

export const modelListSchema: z.ZodType<ModelList> = z.strictObject({
  object: z.literal("list"),
  data: z.array(modelEntrySchema),
});
