import { z } from "zod";
import { metadataSchema, type Page, type PageQuery, pageFields, pageSchema } from "./paging.ts";

/** Where the lines of a batch may go. */
export const batchEndpoints = [
  "/v1/chat/completions",
  "/v1/completions",
  "/v1/embeddings",
  "/v1/responses",
] as const;

export type BatchEndpoint = (typeof batchEndpoints)[number];

/** Body of `POST /v1/batches`. */
export interface CreateBatchRequest {
  input_file_id: string;
  endpoint: BatchEndpoint;
  completion_window: "24h";
  metadata?: Record<string, string> | null | undefined;
  /** How long the files of results stay. */
  output_expires_after?: { anchor: "created_at"; seconds: number } | undefined;
  /** Llama Stack's: the same key and request give the same batch again. */
  idempotency_key?: string | null | undefined;
}

/** Why a batch was not begun. */
export interface BatchError {
  code: string;
  /** Line of the input file, from 1; null for the file as a whole. */
  line: number | null;
  message: string;
  param: string | null;
}

export type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled";

export interface BatchUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

/** A batch; times are seconds since 1970. */
export interface Batch {
  id: string;
  object: "batch";
  endpoint: string;
  /** The model of its lines; null before they are read, and where they name several. */
  model: string | null;
  errors: { object: "list"; data: BatchError[] } | null;
  input_file_id: string;
  completion_window: string;
  status: BatchStatus;
  output_file_id: string | null;
  error_file_id: string | null;
  created_at: number;
  in_progress_at: number | null;
  expires_at: number;
  finalizing_at: number | null;
  completed_at: number | null;
  failed_at: number | null;
  expired_at: number | null;
  cancelling_at: number | null;
  cancelled_at: number | null;
  request_counts: { total: number; completed: number; failed: number };
  usage: BatchUsage;
  metadata: Record<string, string> | null;
}

export const createBatchSchema: z.ZodType<CreateBatchRequest> = z.strictObject({
  input_file_id: z.string().min(1),
  endpoint: z.enum(batchEndpoints, {
    error: ({ input }) =>
      `Invalid value: '${String(input).slice(0, 100)}'. Supported values are: ${batchEndpoints.join(", ")}`,
  }),
  completion_window: z.literal("24h", { error: "completion_window must be 24h" }),
  metadata: metadataSchema.nullable().optional(),
  output_expires_after: z
    .strictObject({
      anchor: z.literal("created_at"),
      seconds: z
        .int()
        .min(3600)
        .max(30 * 86_400),
    })
    .optional(),
  idempotency_key: z.string().min(1).max(255).nullable().optional(),
});

const seconds = z.int().nullable();

export const batchSchema: z.ZodType<Batch> = z.strictObject({
  id: z.string(),
  object: z.literal("batch"),
  endpoint: z.string(),
  model: z.string().nullable(),
  errors: z
    .strictObject({
      object: z.literal("list"),
      data: z.array(
        z.strictObject({
          code: z.string(),
          line: z.int().nullable(),
          message: z.string(),
          param: z.string().nullable(),
        }),
      ),
    })
    .nullable(),
  input_file_id: z.string(),
  completion_window: z.string(),
  status: z.enum([
    "validating",
    "failed",
    "in_progress",
    "finalizing",
    "completed",
    "expired",
    "cancelling",
    "cancelled",
  ]),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  created_at: z.int(),
  in_progress_at: seconds,
  expires_at: z.int(),
  finalizing_at: seconds,
  completed_at: seconds,
  failed_at: seconds,
  expired_at: seconds,
  cancelling_at: seconds,
  cancelled_at: seconds,
  request_counts: z.strictObject({ total: z.int(), completed: z.int(), failed: z.int() }),
  usage: z.strictObject({
    input_tokens: z.int(),
    input_tokens_details: z.strictObject({ cached_tokens: z.int() }),
    output_tokens: z.int(),
    output_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
    total_tokens: z.int(),
  }),
  metadata: metadataSchema.nullable(),
});

export type ListBatchesQuery = Pick<PageQuery, "after" | "limit">;

export const listBatchesQuerySchema: z.ZodType<ListBatchesQuery> = z.strictObject({
  after: pageFields.after,
  limit: z.int().min(1).max(100).optional(),
});

export const batchListSchema: z.ZodType<Page<Batch>> = pageSchema(batchSchema);
