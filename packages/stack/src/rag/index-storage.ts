import type { Scored } from "@llamero/core/retrieval/bm25";
import type { DocumentChunk } from "./chunk-document.ts";

/** A document with its vectors, named by what it was made of; versions share it. */
export interface IndexedDocument {
  mediaType: string;
  title: string;
  text: string;
  /** Little-endian f32 in base64; null where the storage compares vectors itself. */
  chunks: readonly (DocumentChunk & { vector: string | null })[];
}

/** A file of a version. */
export interface IndexedSource {
  path: string;
  /** Of the file's bytes. */
  sha256: string;
  /** Names the `IndexedDocument`. */
  document: string;
  numChunks: number;
}

/** What an ingestion made. */
export interface IndexVersion {
  version: number;
  createdAt: string;
  /** The folder that was read. */
  folder: string;
  embedder: string;
  chunker: { name: string; maxTokens: number; overlapTokens: number };
  sources: readonly IndexedSource[];
  /** Files that could not be read, with the reason. */
  failures: readonly { path: string; message: string }[];
}

type Awaitable<T> = T | Promise<T>;

/** Where an index is kept: a folder, or PostgreSQL with pgvector. */
export interface IndexStorage extends AsyncDisposable {
  /** For messages; without a password. */
  readonly place: string;
  /** Makes what is missing. */
  create(): Awaitable<void>;
  readDocument(key: string): Awaitable<IndexedDocument | null>;
  /** All of it or nothing. */
  writeDocument(key: string, document: IndexedDocument): Awaitable<void>;
  /** Numbers of the versions, the newest last. */
  versions(): Awaitable<number[]>;
  readVersion(version: number): Awaitable<IndexVersion>;
  /** Number of the version that is searched; null before the first. */
  current(): Awaitable<number | null>;
  /** Makes it the one that is searched. */
  writeVersion(version: IndexVersion): Awaitable<void>;
  setCurrent(version: number): Awaitable<void>;
  /** Absent where documents come with their vectors and are searched in memory. */
  readonly searcher?: IndexSearcher;
}

/** A document that is searched by its words. */
export interface SearchScope {
  document: string;
  /** Each chunk counts once for each file of the document. */
  numSources: number;
  /** False: its words count as those of the index, but it is not found. */
  isSearched: boolean;
}

/** A storage that searches by itself; ids of what it finds are `DOCUMENT/CHUNK`. */
export interface IndexSearcher {
  /** Chunks of documents by the cosine of their vectors with one, the nearest first. */
  nearest(documents: readonly string[], vector: Float32Array, limit: number): Promise<Scored[]>;
  /** Chunks that have words of `searchTerms`, by the same BM25 as in memory, the best first. */
  matching(scope: readonly SearchScope[], terms: readonly string[], limit: number): Promise<Scored[]>;
  describe(
    documents: readonly string[],
  ): Promise<ReadonlyMap<string, Pick<IndexedDocument, "mediaType" | "title">>>;
}

/** Refuses a name that is not made of letters, digits, dots and hyphens. */
export function checkIndexName(name: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name)) return;
  throw new RangeError(
    `The index is named ${JSON.stringify(name)}; use letters, digits, dots, hyphens, at most 100`,
  );
}

export function noVersion(version: number, versions: readonly number[]): RangeError {
  return new RangeError(`The index has no version ${version}; there is ${versions.join(", ") || "none"}`);
}
