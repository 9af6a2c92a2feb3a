import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";
import type { Json } from "./json.ts";
import { objectSchema } from "./registry.ts";

/** Body of `POST /v1alpha/synthetic-data-generation/generate`: conversations to make others like them, or a recipe. */
export interface GenerateDataRequest {
  /** The served model that writes; it must allow that others learn from it. */
  model: string;
  /** The first question of each is an example of what to ask. */
  dialogs?: WireMessage[][] | undefined;
  /** Settings of a synthesis recipe (docs/synthetic-data.md), without files; its tasks in place of dialogs. */
  recipe?: Record<string, Json> | undefined;
  /** Attempts of each task at most. */
  limit?: number | undefined;
  filtering_function?: "none" | undefined;
  /** Do not wait for the end. */
  background?: boolean | undefined;
}

export interface SyntheticData {
  job_id: string;
  status: "completed" | "in_progress" | "failed" | "scheduled" | "cancelled";
  /** Records that passed all filters; empty before the end. */
  synthetic_data: Record<string, Json>[];
  statistics: Record<string, Json> | null;
  error: { code: string; message: string } | null;
}

export const generateDataSchema: z.ZodType<GenerateDataRequest> = z
  .strictObject({
    model: z.string().min(1),
    dialogs: z.array(z.array(messageSchema).min(1)).min(1).max(1000).optional(),
    recipe: objectSchema.optional(),
    limit: z.int().min(1).max(100_000).optional(),
    filtering_function: z
      .literal("none", { error: "Filters are those of the recipe; leave filtering_function out" })
      .optional(),
    background: z.boolean().optional(),
  })
  .refine(({ dialogs, recipe }) => (dialogs === undefined) !== (recipe?.["tasks"] === undefined), {
    error: "Give either dialogs or a recipe with tasks",
    path: ["recipe", "tasks"],
  });

export const syntheticDataSchema: z.ZodType<SyntheticData> = z.strictObject({
  job_id: z.string(),
  status: z.enum(["completed", "in_progress", "failed", "scheduled", "cancelled"]),
  synthetic_data: z.array(objectSchema),
  statistics: objectSchema.nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
});
