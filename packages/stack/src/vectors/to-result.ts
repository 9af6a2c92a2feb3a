import type { ChunkContent, EmbeddedChunk, FileContentQuery, SearchResult } from "../api/vector-search.ts";
import { type ChunkRecord, fromBase64, type VectorStoreRecord } from "./records.ts";
import type { Found } from "./search-store.ts";

/** A chunk as the content of a file. */
export function toContent(chunk: ChunkRecord, include: FileContentQuery): ChunkContent {
  return {
    type: "text",
    text: chunk.text,
    ...(include.include_embeddings && { embedding: [...fromBase64(chunk.vector)] }),
    ...(include.include_metadata && { chunk_metadata: chunk.chunk_metadata, metadata: chunk.metadata ?? {} }),
  };
}

/** What was found as OpenAI gives it; a chunk that came with its vector is named after its document. */
export function toResult({ chunk, attributes, score }: Found): SearchResult {
  const { document_id: document, source } = chunk.chunk_metadata;
  const fileId = chunk.file_id === "" ? (document ?? chunk.chunk_id) : chunk.file_id;
  return {
    file_id: fileId,
    filename: source ?? fileId,
    score,
    attributes,
    content: [toContent(chunk, { include_metadata: true })],
  };
}

/** What was found as Llama Stack gives it. */
export function toEmbeddedChunk({ chunk }: Found, { model, dimension }: VectorStoreRecord): EmbeddedChunk {
  return {
    chunk_id: chunk.chunk_id,
    content: chunk.text,
    metadata: chunk.metadata ?? {},
    chunk_metadata: chunk.chunk_metadata,
    embedding: [...fromBase64(chunk.vector)],
    embedding_model: model,
    embedding_dimension: dimension,
  };
}
