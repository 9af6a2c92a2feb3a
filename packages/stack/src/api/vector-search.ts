import { z } from "zod";
import type { Json } from "./json.ts";
import type { Attributes } from "./vector-stores.ts";

/** What the attributes of a file are held to. */
export type AttributeFilter =
  | {
      type: "eq" | "ne" | "gt" | "gte" | "lt" | "lte" | "in" | "nin";
      key: string;
      value: string | number | boolean | (string | number | boolean)[];
    }
  | { type: "and" | "or"; filters: AttributeFilter[] };

export type SearchMode = "vector" | "keyword" | "hybrid";

/** Llama Stack's; OpenAI knows the first two. */
export interface RankingOptions {
  ranker?: "auto" | "none" | "rrf" | "weighted" | "neural" | "default-2024-11-15" | null | undefined;
  score_threshold?: number | null | undefined;
  /** Share of the vectors in the ranker weighted; default 0.5. */
  alpha?: number | null | undefined;
  /** Of reciprocal rank fusion; default 60. */
  impact_factor?: number | null | undefined;
  weights?:
    | { vector?: number | undefined; keyword?: number | undefined; neural?: number | undefined }
    | null
    | undefined;
  /** Orders the best anew. */
  model?: string | null | undefined;
}

/** Llama Stack's short form: attributes that must have these values. */
export type PlainFilter = Record<string, string | number | boolean>;

export interface SearchVectorStoreRequest {
  query: string | string[];
  filters?: AttributeFilter | PlainFilter | null | undefined;
  max_num_results?: number | null | undefined;
  ranking_options?: RankingOptions | null | undefined;
  rewrite_query?: false | null | undefined;
  /** Default hybrid, or vector where the ranker is none. */
  search_mode?: SearchMode | null | undefined;
}

/** What is known of a chunk besides its text. */
export interface ChunkMetadata {
  chunk_id?: string | null | undefined;
  document_id?: string | null | undefined;
  source?: string | null | undefined;
  created_timestamp?: number | null | undefined;
  updated_timestamp?: number | null | undefined;
  /** Characters of the text from which to which the chunk goes: `0-120`. */
  chunk_window?: string | null | undefined;
  chunk_tokenizer?: string | null | undefined;
  content_token_count?: number | null | undefined;
  metadata_token_count?: number | null | undefined;
}

export interface ChunkContent {
  type: "text";
  text: string;
  embedding?: number[] | null | undefined;
  chunk_metadata?: ChunkMetadata | null | undefined;
  metadata?: Record<string, Json> | null | undefined;
}

export interface SearchResult {
  file_id: string;
  filename: string;
  score: number;
  attributes: Attributes;
  content: ChunkContent[];
}

export interface SearchPage {
  object: "vector_store.search_results.page";
  search_query: string[];
  data: SearchResult[];
  has_more: boolean;
  next_page: null;
}

export interface FileContentQuery {
  include_embeddings?: boolean | undefined;
  include_metadata?: boolean | undefined;
}

export interface FileContentPage {
  object: "vector_store.file_content.page";
  data: ChunkContent[];
  has_more: boolean;
  next_page: null;
}

interface TextItem {
  type: "text";
  text: string;
}

/** A chunk with its vector, as Llama Stack takes and gives it. */
export interface EmbeddedChunk {
  chunk_id: string;
  content: string | TextItem | TextItem[];
  metadata?: Record<string, Json> | undefined;
  chunk_metadata: ChunkMetadata;
  embedding: number[];
  embedding_model: string;
  embedding_dimension: number;
}

export interface InsertChunksRequest {
  vector_store_id: string;
  chunks: EmbeddedChunk[];
}

export interface QueryChunksRequest {
  vector_store_id: string;
  query: string | TextItem | TextItem[];
  params?:
    | {
        max_chunks?: number | undefined;
        score_threshold?: number | undefined;
        mode?: SearchMode | undefined;
        filters?: AttributeFilter | null | undefined;
      }
    | null
    | undefined;
}

export interface QueryChunksResponse {
  chunks: EmbeddedChunk[];
  scores: number[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const comparison = z.strictObject({
  type: z.enum(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]),
  key: z.string(),
  value: z.union([scalar, z.array(scalar)]),
});
const compound: z.ZodType<AttributeFilter> = z.lazy(() =>
  z.strictObject({ type: z.enum(["and", "or"]), filters: z.array(filterSchema).min(1).max(100) }),
);
const filterSchema: z.ZodType<AttributeFilter> = z.union([comparison, compound]);
export const attributeFilterSchema: z.ZodType<AttributeFilter> = filterSchema;
const plainFilterSchema: z.ZodType<PlainFilter> = z
  .record(z.string().max(64), scalar)
  .refine((filter) => !("type" in filter), "A filter with a type has a key and a value, or filters");
const modeSchema = z.enum(["vector", "keyword", "hybrid"]);
const query = z.string().min(1);

const weight = z.number().min(0).optional();

export const rankingOptionsSchema: z.ZodType<RankingOptions> = z.strictObject({
  ranker: z.enum(["auto", "none", "rrf", "weighted", "neural", "default-2024-11-15"]).nullish(),
  score_threshold: z.number().nullish(),
  alpha: z.number().min(0).max(1).nullish(),
  impact_factor: z.number().min(0).nullish(),
  weights: z.strictObject({ vector: weight, keyword: weight, neural: weight }).nullish(),
  model: z.string().min(1).nullish(),
});

export const searchVectorStoreSchema: z.ZodType<SearchVectorStoreRequest> = z.strictObject({
  query: z.union([query, z.array(query).min(1).max(16)]),
  filters: z.union([filterSchema, plainFilterSchema]).nullish(),
  max_num_results: z.int().min(1).max(50).nullish(),
  ranking_options: rankingOptionsSchema.nullish(),
  rewrite_query: z.literal(false, { error: "Queries are not rewritten; leave it out or false" }).nullish(),
  search_mode: modeSchema.nullish(),
});

const text = z.string().nullish();
const whole = z.int().nullish();
export const chunkMetadataSchema: z.ZodType<ChunkMetadata> = z.strictObject({
  chunk_id: text,
  document_id: text,
  source: text,
  created_timestamp: whole,
  updated_timestamp: whole,
  chunk_window: text,
  chunk_tokenizer: text,
  content_token_count: whole,
  metadata_token_count: whole,
});
const anyRecord = z.record(z.string(), z.json()) as z.ZodType<Record<string, Json>>;

const chunkContentSchema: z.ZodType<ChunkContent> = z.strictObject({
  type: z.literal("text"),
  text: z.string(),
  embedding: z.array(z.number()).nullish(),
  chunk_metadata: chunkMetadataSchema.nullish(),
  metadata: anyRecord.nullish(),
});

export const searchPageSchema: z.ZodType<SearchPage> = z.strictObject({
  object: z.literal("vector_store.search_results.page"),
  search_query: z.array(z.string()),
  data: z.array(
    z.strictObject({
      file_id: z.string(),
      filename: z.string(),
      score: z.number(),
      attributes: z.record(z.string(), scalar),
      content: z.array(chunkContentSchema),
    }),
  ),
  has_more: z.boolean(),
  next_page: z.null(),
});

export const fileContentQuerySchema: z.ZodType<FileContentQuery> = z.strictObject({
  include_embeddings: z.boolean().optional(),
  include_metadata: z.boolean().optional(),
});

export const fileContentPageSchema: z.ZodType<FileContentPage> = z.strictObject({
  object: z.literal("vector_store.file_content.page"),
  data: z.array(chunkContentSchema),
  has_more: z.boolean(),
  next_page: z.null(),
});

const textItem = z.strictObject({ type: z.literal("text"), text: z.string() });
const content = z.union([z.string(), textItem, z.array(textItem)]);

const embeddedChunkSchema: z.ZodType<EmbeddedChunk> = z.strictObject({
  chunk_id: z.string().min(1).max(500),
  content,
  metadata: anyRecord.optional(),
  chunk_metadata: chunkMetadataSchema,
  embedding: z.array(z.number()),
  embedding_model: z.string(),
  embedding_dimension: z.int().min(1),
});

export const insertChunksSchema: z.ZodType<InsertChunksRequest> = z.strictObject({
  vector_store_id: z.string(),
  chunks: z.array(embeddedChunkSchema).min(1).max(1000),
});

export const queryChunksSchema: z.ZodType<QueryChunksRequest> = z.strictObject({
  vector_store_id: z.string(),
  query: content,
  params: z
    .strictObject({
      max_chunks: z.int().min(1).max(100).optional(),
      score_threshold: z.number().optional(),
      filters: filterSchema.nullish(),
      mode: modeSchema.optional(),
    })
    .nullish(),
});

export const queryChunksResponseSchema: z.ZodType<QueryChunksResponse> = z.strictObject({
  chunks: z.array(embeddedChunkSchema),
  scores: z.array(z.number()),
});
