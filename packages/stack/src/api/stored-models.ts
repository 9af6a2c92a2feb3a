import { z } from "zod";

/** A model file on the server's machine. */
export interface StoredModelEntry {
  name: string;
  object: "stored_model";
  size_bytes: number;
  /** Where it came from; null for files that somebody put there. */
  source: string | null;
  /** Seconds since 1970. */
  added_at: number;
  /** Whether this server answers with it. */
  served: boolean;
}

export interface StoredModelList {
  object: "list";
  data: StoredModelEntry[];
  /** Memory that is free on the machine. */
  available_bytes: number;
}

/** Body of `POST /v1alpha/admin/models/pull`. */
export interface PullRequest {
  /** Of the hub: `hf:user/repo`, `hf:user/repo:Q4_K_M`, `hf:user/repo@revision` or `user/repo`. */
  reference: string;
  /** Whether events tell of the progress; a client that leaves ends the pull, and the next one goes on from there. */
  stream?: boolean | undefined;
}

/** How a pull goes. */
export type PullEvent =
  | { type: "plan"; name: string; num_files: number; total_bytes: number | null }
  | { type: "progress"; file: string; received_bytes: number; total_bytes: number | null }
  | { type: "retry"; reason: string; delay_ms: number }
  | { type: "waiting"; holder: string }
  | { type: "done"; model: StoredModelEntry };

/** What a model takes in memory, in bytes, from its file alone. */
export interface MemoryPlan {
  object: "memory_plan";
  model: string;
  num_parameters: number;
  context_length: number;
  max_context_length: number;
  batch: number;
  weight_bytes: number;
  kv_bytes: number;
  scratch_bytes: number;
  total_bytes: number;
  available_bytes: number;
  fits: boolean;
}

export interface MemoryPlanQuery {
  model: string;
  context?: number | undefined;
  batch?: number | undefined;
}

const bytes = z.number().min(0);

export const storedModelSchema: z.ZodType<StoredModelEntry> = z.strictObject({
  name: z.string(),
  object: z.literal("stored_model"),
  size_bytes: bytes,
  source: z.string().nullable(),
  added_at: z.int(),
  served: z.boolean(),
});

export const storedModelListSchema: z.ZodType<StoredModelList> = z.strictObject({
  object: z.literal("list"),
  data: z.array(storedModelSchema),
  available_bytes: bytes,
});

export const pullRequestSchema: z.ZodType<PullRequest> = z.strictObject({
  reference: z.string().min(1).max(500),
  stream: z.boolean().optional(),
});

export const pullEventSchema: z.ZodType<PullEvent> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("plan"),
    name: z.string(),
    num_files: z.int(),
    total_bytes: bytes.nullable(),
  }),
  z.strictObject({
    type: z.literal("progress"),
    file: z.string(),
    received_bytes: bytes,
    total_bytes: bytes.nullable(),
  }),
  z.strictObject({ type: z.literal("retry"), reason: z.string(), delay_ms: z.number() }),
  z.strictObject({ type: z.literal("waiting"), holder: z.string() }),
  z.strictObject({ type: z.literal("done"), model: storedModelSchema }),
]);

export const memoryPlanSchema: z.ZodType<MemoryPlan> = z.strictObject({
  object: z.literal("memory_plan"),
  model: z.string(),
  num_parameters: z.number(),
  context_length: z.int(),
  max_context_length: z.int(),
  batch: z.int(),
  weight_bytes: bytes,
  kv_bytes: bytes,
  scratch_bytes: bytes,
  total_bytes: bytes,
  available_bytes: bytes,
  fits: z.boolean(),
});

export const memoryPlanQuerySchema: z.ZodType<MemoryPlanQuery> = z.strictObject({
  model: z.string().min(1).max(500),
  context: z.int().min(1).max(1e7).optional(),
  batch: z.int().min(1).max(4096).optional(),
});

/** Body of loading and unloading. */
export const modelNameSchema: z.ZodType<{ model: string }> = z.strictObject({
  model: z.string().min(1).max(500),
});

/** What a model's worker is at after it. */
export const modelStateSchema: z.ZodType<{ model: string; state: string }> = z.strictObject({
  model: z.string(),
  state: z.string(),
});
