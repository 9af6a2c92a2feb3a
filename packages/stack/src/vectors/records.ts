import type { Json } from "../api/json.ts";
import type { ChunkMetadata } from "../api/vector-search.ts";
import type {
  Attributes,
  ExpiresAfter,
  FileBatch,
  FileCounts,
  GivenChunking,
  StaticChunking,
  VectorStore,
  VectorStoreFile,
  VectorStoreFileStatus,
} from "../api/vector-stores.ts";
import { HttpError } from "../http/http-error.ts";
import { isOver } from "../jobs/job.ts";
import { getJob } from "../jobs/job-store.ts";
import { getStored, listAll, notFound, nowSeconds, toJson } from "../routes/stored-objects.ts";
import type { ServedModels } from "../served-models.ts";
import { type Store, StoreConflict, type StoredObject, type StoreWrite } from "../store/store.ts";

/** A vector store as it is kept; times are seconds since 1970. */
export interface VectorStoreRecord {
  created_at: number;
  name: string | null;
  description?: string;
  expires_after: ExpiresAfter | null;
  last_active_at: number;
  metadata: Record<string, string>;
  model: string;
  dimension: number;
  /** Of chunks that came with their vectors. */
  inserted_bytes: number;
  /** Grows with every change of what a search looks through. */
  revision: number;
}

/** Whether a name is that of a model that is served here and not the one of the store. */
export function isOther(models: ServedModels, name: string, { model }: VectorStoreRecord): boolean {
  const plain = name.replace(/^llamero\//, "");
  return plain !== model && models.list.some((each) => each.name === plain);
}

/** A file in a vector store, kept under `STORE/FILE`. */
export interface FileRecord {
  id: string;
  created_at: number;
  vector_store_id: string;
  status: VectorStoreFileStatus;
  usage_bytes: number;
  last_error: VectorStoreFile["last_error"];
  chunking_strategy: StaticChunking;
  attributes: Attributes;
  filename: string;
  job_id: string;
  /** "" for one that came alone. */
  batch_id: string;
}

/** A part of a file's text, or a chunk that came with its vector. */
export interface ChunkRecord {
  chunk_id: string;
  /** "" for one that came with its vector. */
  file_id: string;
  text: string;
  /** Little-endian f32 in base64. */
  vector: string;
  chunk_metadata: ChunkMetadata;
  metadata: Record<string, Json> | null;
}

/** What names a vector store. */
export interface StoreKey {
  id: string;
  owner: string;
}

const maxTries = 50;

/** Id of a file's record, and parent of its chunks; no file: of chunks that came with their vectors. */
export const fileKey = (storeId: string, fileId: string): string => `${storeId}/${fileId}`;

export const toBase64 = (vector: ArrayLike<number>): string =>
  Buffer.from(Float32Array.from(vector).buffer).toString("base64");

export function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Bytes that chunks take: texts and vectors. */
export const usageOf = (chunks: readonly Pick<ChunkRecord, "text" | "vector">[]): number =>
  chunks.reduce(
    (sum, { text, vector }) => sum + Buffer.byteLength(text) + Buffer.byteLength(vector, "base64"),
    0,
  );

/** How files are cut that ask for nothing. */
export function chunkingOf(given: GivenChunking | null | undefined): StaticChunking {
  const { max_chunk_size_tokens: max = 800, chunk_overlap_tokens: overlap = Math.min(400, max >> 1) } =
    given?.type === "static" ? given.static : {};
  return { type: "static", static: { max_chunk_size_tokens: max, chunk_overlap_tokens: overlap } };
}

export const recordOf = ({ value }: StoredObject): VectorStoreRecord => value as unknown as VectorStoreRecord;
export const fileOf = ({ value }: StoredObject): FileRecord => value as unknown as FileRecord;
export const chunkOf = ({ value }: StoredObject): ChunkRecord => value as unknown as ChunkRecord;

const expiryOf = ({ expires_after: after, last_active_at: active }: VectorStoreRecord): number | null =>
  after === null ? null : active + after.days * 86_400;

/** A vector store of an owner. */
export async function findVectorStore(store: Store, { id, owner }: StoreKey): Promise<VectorStoreRecord> {
  return recordOf(await getStored(store, { kind: "vector_store", id, owner, what: "vector store" }));
}

/** One that has not expired. */
export async function findUsable(store: Store, key: StoreKey): Promise<VectorStoreRecord> {
  const record = await findVectorStore(store, key);
  const end = expiryOf(record);
  if (end === null || end > nowSeconds()) return record;
  throw new HttpError(400, `Vector store ${key.id} has expired`, { code: "vector_store_expired" });
}

/**
 * Changes a vector store and what hangs on it in one write, again where somebody else was quicker. `change` gives null to
 * leave it; null comes back then, and where there is no such store.
 */
export async function changeVectorStore(
  store: Store,
  { id, owner }: StoreKey,
  change: (
    record: VectorStoreRecord,
  ) => Promise<{ record: VectorStoreRecord; writes?: readonly StoreWrite[] } | null>,
): Promise<VectorStoreRecord | null> {
  for (let numTries = 1; ; numTries++) {
    const found = await store.get("vector_store", id, owner);
    if (found === null) return null;
    const changed = await change(recordOf(found));
    if (changed === null) return null;
    const { record, writes = [] } = changed;
    const value = toJson(record);
    try {
      await store.write(
        { write: "put", kind: "vector_store", id, owner, value, ifVersion: found.version },
        ...writes,
      );
      return record;
    } catch (error) {
      if (!(error instanceof StoreConflict) || numTries >= maxTries) throw error;
    }
  }
}

/** The write of a file's record. */
export function putFile(file: FileRecord, owner: string, ifVersion: number): StoreWrite {
  const id = fileKey(file.vector_store_id, file.id);
  const parent = file.vector_store_id;
  return { write: "put", kind: "vector_store_file", id, owner, parent, value: toJson(file), ifVersion };
}

/** A file as it is: one whose job ended without a word has ended with it. */
export async function settleFile(store: Store, file: FileRecord, owner: string): Promise<FileRecord> {
  if (file.status !== "in_progress") return file;
  const job = await getJob(store, file.job_id, owner);
  if (job !== null && !isOver(job.record)) return file;
  if (job?.record.status === "completed") {
    const now = await store.get("vector_store_file", fileKey(file.vector_store_id, file.id), owner);
    if (now !== null) return fileOf(now);
  }
  if (job?.record.status === "cancelled") return { ...file, status: "cancelled" };
  const message = job?.record.error?.message ?? "The work on the file was lost; attach it again";
  return { ...file, status: "failed", last_error: { code: "server_error", message } };
}

/** A file of a vector store. */
export async function findStoreFile(store: Store, key: StoreKey, fileId: string): Promise<FileRecord> {
  const found = await store.get("vector_store_file", fileKey(key.id, fileId), key.owner);
  if (found === null) throw notFound("file in the vector store", fileId);
  return await settleFile(store, fileOf(found), key.owner);
}

/** Every file of a vector store, or of one of its batches. */
export async function allFiles(
  store: Store,
  { id, owner }: StoreKey,
  batchId?: string,
): Promise<FileRecord[]> {
  const where = batchId === undefined ? {} : { batch_id: batchId };
  const found = await listAll(store, "vector_store_file", { owner, parent: id, where });
  return await Promise.all(found.map((each) => settleFile(store, fileOf(each), owner)));
}

export function countFiles(files: readonly Pick<FileRecord, "status">[]): FileCounts {
  const counts = { in_progress: 0, completed: 0, cancelled: 0, failed: 0, total: files.length };
  for (const { status } of files) counts[status]++;
  return counts;
}

export function toWireFile(file: FileRecord): VectorStoreFile {
  const { filename: _name, job_id: _job, batch_id: _batch, ...wire } = file;
  return { ...wire, object: "vector_store.file" };
}

/** A vector store as it goes over the wire. */
export async function toWireStore(
  store: Store,
  key: StoreKey,
  record: VectorStoreRecord,
): Promise<VectorStore> {
  const { model, dimension, inserted_bytes: inserted, revision: _revision, ...fields } = record;
  const files = await allFiles(store, key);
  const counts = countFiles(files);
  const end = expiryOf(record);
  const isExpired = end !== null && end <= nowSeconds();
  return {
    ...fields,
    id: key.id,
    object: "vector_store",
    usage_bytes: files.reduce((sum, { usage_bytes: bytes }) => sum + bytes, inserted),
    file_counts: counts,
    status: isExpired ? "expired" : counts.in_progress > 0 ? "in_progress" : "completed",
    expires_at: end,
    llamero: { embedding_model: model, embedding_dimension: dimension },
  };
}

/** A batch of files as it goes over the wire; it is over when none of its files is in progress. */
export async function toWireBatch(
  store: Store,
  { id: storeId, owner }: StoreKey,
  batch: { id: string; created_at: number; cancelled: boolean },
): Promise<FileBatch> {
  const counts = countFiles(await allFiles(store, { id: storeId, owner }, batch.id));
  const ended = batch.cancelled
    ? "cancelled"
    : counts.failed > 0 && counts.failed === counts.total
      ? "failed"
      : "completed";
  return {
    id: batch.id,
    object: "vector_store.files_batch",
    created_at: batch.created_at,
    vector_store_id: storeId,
    status: counts.in_progress > 0 && !batch.cancelled ? "in_progress" : ended,
    file_counts: counts,
  };
}
