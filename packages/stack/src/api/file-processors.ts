import { z } from "zod";
import type { Json } from "./json.ts";
import { type ChunkMetadata, chunkMetadataSchema } from "./vector-search.ts";

/** Fields of the form of `POST /v1alpha/file-processors/process`: a file, or the id of one that was uploaded. */
export interface ProcessFileForm {
  file?: File | undefined;
  file_id?: string | undefined;
  /** JSON of `auto` or `static` chunking; default: one chunk. */
  chunking_strategy?: string | undefined;
}

export interface ProcessedChunk {
  chunk_id: string;
  content: string;
  metadata: Record<string, Json>;
  chunk_metadata: ChunkMetadata;
}

export interface ProcessFileAnswer {
  chunks: ProcessedChunk[];
  metadata: Record<string, Json>;
}

const record = z.record(z.string(), z.json()) as z.ZodType<Record<string, Json>>;

export const processFileSchema: z.ZodType<ProcessFileForm> = z.strictObject({
  file: z.file({ error: "file must be a file" }).optional(),
  file_id: z.string().min(1).max(200).optional(),
  chunking_strategy: z.string().max(2000).optional(),
});

export const processFileAnswerSchema: z.ZodType<ProcessFileAnswer> = z.strictObject({
  chunks: z.array(
    z.strictObject({
      chunk_id: z.string(),
      content: z.string(),
      metadata: record,
      chunk_metadata: chunkMetadataSchema,
    }),
  ),
  metadata: record,
});
