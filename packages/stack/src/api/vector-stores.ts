import { z } from "zod";
import {
  type Deleted,
  deletedSchema,
  metadataSchema,
  type Page,
  type PageQuery,
  pageFields,
  pageSchema,
} from "./paging.ts";
import { providerIdSchema } from "./registry.ts";

/** Strings, numbers and truths of a file, for filters. */
export type Attributes = Record<string, string | number | boolean>;

export type VectorStoreFileStatus = "in_progress" | "completed" | "cancelled" | "failed";

export interface FileCounts {
  in_progress: number;
  completed: number;
  cancelled: number;
  failed: number;
  total: number;
}

export interface ExpiresAfter {
  anchor: "last_active_at";
  days: number;
}

export interface StaticChunking {
  type: "static";
  static: { max_chunk_size_tokens: number; chunk_overlap_tokens: number };
}

export type GivenChunking =
  | { type: "auto" }
  | {
      type: "static";
      static: { max_chunk_size_tokens?: number | undefined; chunk_overlap_tokens?: number | undefined };
    };

export interface VectorStore {
  id: string;
  object: "vector_store";
  /** Seconds since 1970, as are the others. */
  created_at: number;
  name: string | null;
  description?: string | undefined;
  usage_bytes: number;
  file_counts: FileCounts;
  status: "in_progress" | "completed" | "expired";
  expires_after: ExpiresAfter | null;
  expires_at: number | null;
  last_active_at: number;
  metadata: Record<string, string>;
  /** Not OpenAI's: the model that every vector of the store is of. */
  llamero: { embedding_model: string; embedding_dimension: number };
}

export interface CreateVectorStoreRequest {
  name?: string | null | undefined;
  description?: string | null | undefined;
  file_ids?: string[] | null | undefined;
  expires_after?: ExpiresAfter | null | undefined;
  chunking_strategy?: GivenChunking | null | undefined;
  metadata?: Record<string, string> | null | undefined;
  /** Default the first model that is served. */
  embedding_model?: string | undefined;
  embedding_dimension?: number | undefined;
  /** Not OpenAI's, as the two before it. */
  provider_id?: "llamero" | undefined;
}

export interface UpdateVectorStoreRequest {
  name?: string | null | undefined;
  expires_after?: ExpiresAfter | null | undefined;
  metadata?: Record<string, string> | null | undefined;
}

export interface VectorStoreFile {
  id: string;
  object: "vector_store.file";
  created_at: number;
  vector_store_id: string;
  status: VectorStoreFileStatus;
  usage_bytes: number;
  last_error: { code: "server_error" | "unsupported_file" | "invalid_file"; message: string } | null;
  chunking_strategy: StaticChunking;
  attributes: Attributes;
}

export interface AttachFileRequest {
  file_id: string;
  attributes?: Attributes | null | undefined;
  chunking_strategy?: GivenChunking | null | undefined;
  /** Not OpenAI's: the model of the store, which clients of Llama Stack say again. */
  embedding_model?: string | undefined;
}

export interface FileBatchRequest {
  file_ids?: string[] | undefined;
  /** Instead of `file_ids`: each with settings of its own. */
  files?: Omit<AttachFileRequest, "embedding_model">[] | undefined;
  attributes?: Attributes | null | undefined;
  chunking_strategy?: GivenChunking | null | undefined;
  embedding_model?: string | undefined;
}

export interface FileBatch {
  id: string;
  object: "vector_store.files_batch";
  created_at: number;
  vector_store_id: string;
  status: VectorStoreFileStatus;
  file_counts: FileCounts;
}

export interface VectorPageQuery extends PageQuery {
  before?: string | undefined;
}

export interface ListVectorStoreFilesQuery extends VectorPageQuery {
  filter?: VectorStoreFileStatus | undefined;
}

const attributesSchema: z.ZodType<Attributes> = z
  .record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()]))
  .refine((value) => Object.keys(value).length <= 16, "There are more than 16 attributes");

const statusSchema = z.enum(["in_progress", "completed", "cancelled", "failed"]);

const countsSchema: z.ZodType<FileCounts> = z.strictObject({
  in_progress: z.int().min(0),
  completed: z.int().min(0),
  cancelled: z.int().min(0),
  failed: z.int().min(0),
  total: z.int().min(0),
});

const expiresAfterSchema: z.ZodType<ExpiresAfter> = z.strictObject({
  anchor: z.literal("last_active_at"),
  days: z.int().min(1).max(365),
});

const maxTokens = z.int().min(100).max(4096);
const overlapTokens = z.int().min(0).max(2048);

export const givenChunkingSchema: z.ZodType<GivenChunking> = z.union([
  z.strictObject({
    type: z.literal("auto", { error: "Chunks are made auto or static, not contextual" }),
  }),
  z.strictObject({
    type: z.literal("static"),
    static: z
      .strictObject({
        max_chunk_size_tokens: maxTokens.optional(),
        chunk_overlap_tokens: overlapTokens.optional(),
      })
      .refine(
        ({ max_chunk_size_tokens: max = 800, chunk_overlap_tokens: overlap = Math.min(400, max / 2) }) =>
          overlap <= max / 2,
        "chunk_overlap_tokens is more than half of max_chunk_size_tokens",
      ),
  }),
]);

/** Or the text of a number, as clients of Llama Stack send it. */
const dimension: z.ZodType<number> = z.preprocess(
  (value) => (typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value),
  z.int().min(1),
);
const nameSchema = z.string().max(512);
const fileIds = z.array(z.string().min(1).max(200)).max(500);

export const vectorStoreSchema: z.ZodType<VectorStore> = z.strictObject({
  id: z.string(),
  object: z.literal("vector_store"),
  created_at: z.int(),
  name: z.string().nullable(),
  usage_bytes: z.int().min(0),
  file_counts: countsSchema,
  status: z.enum(["in_progress", "completed", "expired"]),
  expires_after: expiresAfterSchema.nullable(),
  expires_at: z.int().nullable(),
  last_active_at: z.int(),
  metadata: z.record(z.string(), z.string()),
  description: z.string().optional(),
  llamero: z.strictObject({ embedding_model: z.string(), embedding_dimension: z.int() }),
});

export const createVectorStoreSchema: z.ZodType<CreateVectorStoreRequest> = z.strictObject({
  name: nameSchema.nullish(),
  description: z.string().max(2000).nullish(),
  file_ids: fileIds.nullish(),
  expires_after: expiresAfterSchema.nullish(),
  chunking_strategy: givenChunkingSchema.nullish(),
  metadata: metadataSchema.nullish(),
  embedding_model: z.string().min(1).max(200).optional(),
  embedding_dimension: dimension.optional(),
  provider_id: providerIdSchema.optional(),
});

export const updateVectorStoreSchema: z.ZodType<UpdateVectorStoreRequest> = z.strictObject({
  name: nameSchema.nullish(),
  expires_after: expiresAfterSchema.nullish(),
  metadata: metadataSchema.nullish(),
});

export const vectorStoreFileSchema: z.ZodType<VectorStoreFile> = z.strictObject({
  id: z.string(),
  object: z.literal("vector_store.file"),
  created_at: z.int(),
  vector_store_id: z.string(),
  status: statusSchema,
  usage_bytes: z.int().min(0),
  last_error: z
    .strictObject({ code: z.enum(["server_error", "unsupported_file", "invalid_file"]), message: z.string() })
    .nullable(),
  chunking_strategy: z.strictObject({
    type: z.literal("static"),
    static: z.strictObject({ max_chunk_size_tokens: z.int(), chunk_overlap_tokens: z.int() }),
  }),
  attributes: attributesSchema,
});

export const attachFileSchema: z.ZodType<AttachFileRequest> = z.strictObject({
  file_id: z.string().min(1).max(200),
  attributes: attributesSchema.nullish(),
  chunking_strategy: givenChunkingSchema.nullish(),
  embedding_model: z.string().min(1).max(200).optional(),
});

export const updateVectorStoreFileSchema: z.ZodType<{ attributes: Attributes }> = z.strictObject({
  attributes: attributesSchema,
});

const fileSettings = {
  attributes: attributesSchema.nullish(),
  chunking_strategy: givenChunkingSchema.nullish(),
};

export const fileBatchRequestSchema: z.ZodType<FileBatchRequest> = z
  .strictObject({
    file_ids: fileIds.min(1).optional(),
    files: z
      .array(z.strictObject({ file_id: z.string().min(1).max(200), ...fileSettings }))
      .min(1)
      .max(500)
      .optional(),
    ...fileSettings,
    embedding_model: z.string().min(1).max(200).optional(),
  })
  .refine(
    ({ file_ids, files }) => (file_ids === undefined) !== (files === undefined),
    "Give file_ids or files",
  )
  .refine(
    ({ files, attributes, chunking_strategy }) =>
      files === undefined || (attributes ?? chunking_strategy ?? null) === null,
    "With files, each of them has its own attributes and chunking_strategy",
  );

export const fileBatchSchema: z.ZodType<FileBatch> = z.strictObject({
  id: z.string(),
  object: z.literal("vector_store.files_batch"),
  created_at: z.int(),
  vector_store_id: z.string(),
  status: statusSchema,
  file_counts: countsSchema,
});

const vectorPageFields = { ...pageFields, before: z.string().min(1).optional() };

export const vectorPageQuerySchema: z.ZodType<VectorPageQuery> = z.strictObject(vectorPageFields);

export const listVectorStoreFilesQuerySchema: z.ZodType<ListVectorStoreFilesQuery> = z.strictObject({
  ...vectorPageFields,
  filter: statusSchema.optional(),
});

export const vectorStoreListSchema: z.ZodType<Page<VectorStore>> = pageSchema(vectorStoreSchema);

export const vectorStoreFileListSchema: z.ZodType<Page<VectorStoreFile>> = pageSchema(vectorStoreFileSchema);

export const vectorStoreDeletedSchema: z.ZodType<Deleted<"vector_store.deleted">> =
  deletedSchema("vector_store.deleted");

export const vectorStoreFileDeletedSchema: z.ZodType<Deleted<"vector_store.file.deleted">> =
  deletedSchema("vector_store.file.deleted");
