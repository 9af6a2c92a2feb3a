import { Bm25 } from "@llamero/core/retrieval/bm25";
import { FlatIndex } from "@llamero/core/retrieval/flat-index";
import type { Attributes } from "../api/vector-stores.ts";
import { listAll } from "../routes/stored-objects.ts";
import type { Store, StoredObject } from "../store/store.ts";
import {
  allFiles,
  type ChunkRecord,
  chunkOf,
  type FileRecord,
  fileKey,
  fromBase64,
  type StoreKey,
  type VectorStoreRecord,
} from "./records.ts";

/** What a search looks through; texts stay in the store. */
export interface LoadedIndex {
  /** Of the vector store that it shows. */
  revision: number;
  readonly vectors: FlatIndex;
  readonly words: Bm25;
  /** Chunk -> the attributes that filters see. */
  readonly attributes: Map<string, Attributes>;
  /** Chunks of each file. */
  readonly chunkIds: Map<string, Set<string>>;
}

/** A chunk as an index takes it. */
export interface IndexedChunk {
  id: string;
  chunk: ChunkRecord;
}

/** Vector stores whose indexes stay in memory. */
const maxLoaded = 32;

const caches = new WeakMap<Store, Map<string, Promise<LoadedIndex>>>();

const keyOf = ({ id, owner }: StoreKey): string => `${owner}\n${id}`;

function cacheOf(store: Store): Map<string, Promise<LoadedIndex>> {
  const found = caches.get(store) ?? new Map<string, Promise<LoadedIndex>>();
  caches.set(store, found);
  return found;
}

/** The index of a vector store as it is now; read from the store where this process has none of that revision. */
export async function indexOf(store: Store, key: StoreKey, record: VectorStoreRecord): Promise<LoadedIndex> {
  const cache = cacheOf(store);
  const name = keyOf(key);
  const cached = cache.get(name);
  // Searches that come meanwhile wait for this one's reading.
  const promise = (async () => {
    const found = await cached?.catch(() => undefined);
    return found !== undefined && found.revision >= record.revision ? found : await load(store, key, record);
  })();
  cache.delete(name);
  cache.set(name, promise);
  for (const oldest of cache.keys()) {
    if (cache.size <= maxLoaded) break;
    cache.delete(oldest);
  }
  return await promise;
}

async function load(store: Store, key: StoreKey, record: VectorStoreRecord): Promise<LoadedIndex> {
  const index: LoadedIndex = {
    revision: record.revision,
    vectors: new FlatIndex(record.dimension),
    words: new Bm25(),
    attributes: new Map(),
    chunkIds: new Map(),
  };
  for (const file of await allFiles(store, key)) {
    if (file.status !== "completed") continue;
    setFile(index, file, await readChunks(store, key, file.id));
  }
  addInserted(index, await readChunks(store, key, ""));
  return index;
}

/** The chunks of a file, in order; no file: those that came with their vectors. */
export async function readChunks(
  store: Store,
  { id, owner }: StoreKey,
  fileId: string,
): Promise<IndexedChunk[]> {
  const parent = fileKey(id, fileId);
  const found: StoredObject[] = await listAll(store, "vector_store_chunk", { owner, parent });
  return found.map((each) => ({ id: each.id, chunk: chunkOf(each) }));
}

/** Brings the index in memory, if it shows what was before, to a revision that has just been written. */
export async function updateIndex(
  store: Store,
  key: StoreKey,
  { revision }: VectorStoreRecord,
  change: (index: LoadedIndex) => void,
): Promise<void> {
  const cache = cacheOf(store);
  const index = await cache.get(keyOf(key))?.catch(() => undefined);
  if (index?.revision !== revision - 1) return;
  change(index);
  index.revision = revision;
}

/** Lets go of the index of a vector store that is no more. */
export function dropIndex(store: Store, key: StoreKey): void {
  cacheOf(store).delete(keyOf(key));
}

/** Takes a file up, in place of what there was of it. */
export function setFile(
  index: LoadedIndex,
  file: Pick<FileRecord, "id" | "attributes">,
  chunks: readonly IndexedChunk[],
): void {
  removeFile(index, file.id);
  for (const { id, chunk } of chunks) add(index, id, chunk, file.attributes);
  index.chunkIds.set(file.id, new Set(chunks.map(({ id }) => id)));
}

export function removeFile(index: LoadedIndex, fileId: string): void {
  for (const id of index.chunkIds.get(fileId) ?? []) {
    index.vectors.remove(id);
    index.words.remove(id);
    index.attributes.delete(id);
  }
  index.chunkIds.delete(fileId);
}

export function setAttributes(index: LoadedIndex, { id, attributes }: FileRecord): void {
  for (const each of index.chunkIds.get(id) ?? []) index.attributes.set(each, attributes);
}

/** Takes up chunks that came with their vectors. */
export function addInserted(index: LoadedIndex, chunks: readonly IndexedChunk[]): void {
  for (const { id, chunk } of chunks) add(index, id, chunk, insertedAttributes(chunk));
}

/** Of the metadata of a chunk what filters can compare. */
export function insertedAttributes({ metadata }: ChunkRecord): Attributes {
  const isScalar = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);
  return Object.fromEntries(
    Object.entries(metadata ?? {}).filter(([, value]) => isScalar(value)),
  ) as Attributes;
}

function add(index: LoadedIndex, id: string, chunk: ChunkRecord, attributes: Attributes): void {
  index.vectors.add(id, fromBase64(chunk.vector));
  index.words.add(id, chunk.text);
  index.attributes.set(id, attributes);
}
