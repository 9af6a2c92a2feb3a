import { ContextOverflowError, QueueFullError } from "@llamero/core/errors";
import type { Json } from "../../api/json.ts";
import { HttpError } from "../../http/http-error.ts";
import { chunkDocument } from "../../rag/chunk-document.ts";
import { processFile } from "../../rag/processors/process-file.ts";
import { UnsupportedFileError } from "../../rag/processors/processed.ts";
import { readFile } from "../../routes/files.ts";
import { nowSeconds, toJson } from "../../routes/stored-objects.ts";
import type { ServableModel } from "../../served-models.ts";
import type { StoreWrite } from "../../store/store.ts";
import { type IndexedChunk, setFile, updateIndex } from "../../vectors/index-cache.ts";
import {
  type ChunkRecord,
  changeVectorStore,
  type FileRecord,
  fileKey,
  fileOf,
  findVectorStore,
  putFile,
  toBase64,
  usageOf,
} from "../../vectors/records.ts";
import { defineJobKind, type JobContext, type JobKind, JobStop } from "../job.ts";

/** What a file's way into a vector store begins with. */
export interface IngestInput {
  store_id: string;
  file_id: string;
}

type Context = JobContext<IngestInput, null>;
type FileError = NonNullable<FileRecord["last_error"]>;

/** Texts that the model is given at once. */
const batchSize = 16;
/** Waits when the model's queue is full. */
const retryMs = 200;
/** Tokens of a context that are not the text's: the start, and what joins others at a cut. */
const reserved = 8;
/** A model that counts more tokens than we estimate gets shorter chunks, this often. */
const maxHalvings = 4;

/** Cuts, embeds and keeps a file of a vector store; after a restart it begins again. */
export const ingestJob: JobKind = defineJobKind<IngestInput, null>({
  name: "vector_store_file",
  maxRunning: 2,
  async run(context) {
    const file = await currentFile(context);
    if (file === null) return null;
    try {
      context.signal.throwIfAborted();
      const chunks = await embedFile(context, file.file);
      context.signal.throwIfAborted();
      await keep(context, file.file, chunks);
    } catch (error) {
      const { reason } = context.signal;
      if (reason instanceof JobStop && reason.why !== "cancelled") throw error;
      const isCancelled = context.signal.aborted;
      await end(context, isCancelled ? null : fileError(error, context));
    }
    return null;
  },
});

/** The file with the version of its record, as long as this job is to work on it. */
async function currentFile({
  services: { store },
  id,
  owner,
  input,
}: Context): Promise<{ file: FileRecord; version: number } | null> {
  const found = await store.get("vector_store_file", fileKey(input.store_id, input.file_id), owner);
  if (found === null) return null;
  const file = fileOf(found);
  return file.job_id === id && file.status === "in_progress" ? { file, version: found.version } : null;
}

function fileError(error: unknown, { services }: Context): FileError {
  if (error instanceof UnsupportedFileError) return { code: "unsupported_file", message: error.message };
  if (error instanceof HttpError) return { code: "invalid_file", message: error.message };
  if (error instanceof ContextOverflowError) return { code: "server_error", message: error.message };
  services.onError(error);
  return { code: "server_error", message: "The server failed at the file; its log says why" };
}

/** The chunks of a file, each with its vector. */
async function embedFile(context: Context, file: FileRecord): Promise<IndexedChunk[]> {
  const { services, owner, input } = context;
  const { model: name } = await findVectorStore(services.store, { id: input.store_id, owner });
  const processed = await processFile(await readFile(services.store, file.id, owner), file.filename);
  const { text } = processed;
  if (text.trim() === "") throw new HttpError(400, `${file.filename} holds no text`);
  const { max_chunk_size_tokens: wanted, chunk_overlap_tokens: overlap } = file.chunking_strategy.static;
  await services.models.open(name);
  const { model } = services.models.findServed(name);
  const countTokens = tokenCounter(model);
  let maxTokens = Math.max(1, Math.min(wanted, model.contextLimit - reserved));
  for (let halvings = 0; ; halvings++) {
    const overlapTokens = Math.min(overlap, maxTokens >> 1);
    const cut = { maxTokens, overlapTokens, ...(countTokens !== null && { countTokens }) };
    const chunks = await chunkDocument(processed, cut, context.signal);
    const texts = chunks.map(({ start, end }) => text.slice(start, end));
    try {
      const vectors = await embedTexts(context, name, texts);
      return chunks.map(({ start, end, numTokens, path, pages }, at): IndexedChunk => {
        const chunk_id = `${file.id}-${at}`;
        const place: Record<string, Json> = {};
        if (path.length > 0) place["path"] = [...path];
        if (pages !== null) place["pages"] = [...pages];
        const chunk: ChunkRecord = {
          chunk_id,
          file_id: file.id,
          text: texts[at]!,
          vector: toBase64(vectors[at]!),
          chunk_metadata: {
            chunk_id,
            document_id: file.id,
            source: file.filename,
            created_timestamp: nowSeconds(),
            chunk_window: `${start}-${end}`,
            chunk_tokenizer: countTokens === null ? "estimate" : name,
            content_token_count: numTokens,
          },
          metadata: Object.keys(place).length === 0 ? null : place,
        };
        return { id: `${fileKey(input.store_id, file.id)}/${at}`, chunk };
      });
    } catch (error) {
      if (!(error instanceof ContextOverflowError) || halvings === maxHalvings || maxTokens === 1)
        throw error;
      maxTokens >>= 1;
    }
  }
}

/** Counts as the model does, where its tokenizer is in this process. */
function tokenCounter(model: ServableModel): ((text: string) => number) | null {
  const { tokenizer } = model;
  if (model.countTokens !== undefined) return (text) => model.countTokens!(text);
  return tokenizer === undefined ? null : (text) => tokenizer.encode(text).length;
}

async function embedTexts(
  { services, signal }: Context,
  name: string,
  texts: readonly string[],
): Promise<Float32Array[]> {
  const { model, adapter } = services.models.findServed(name);
  const vectors: Float32Array[] = [];
  for (let at = 0; at < texts.length; ) {
    signal.throwIfAborted();
    try {
      const options = { pooling: "mean", signal, ...(adapter !== undefined && { adapter }) } as const;
      vectors.push(...(await model.embed(texts.slice(at, at + batchSize), options)).vectors);
      at += batchSize;
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  return vectors;
}

/** Keeps chunks and the file's completion in one write, unless the file is gone or cancelled. */
async function keep(context: Context, { id: fileId }: FileRecord, chunks: IndexedChunk[]): Promise<void> {
  const { owner, input, services } = context;
  const key = { id: input.store_id, owner };
  const parent = fileKey(key.id, fileId);
  const kind = "vector_store_chunk";
  let done: FileRecord | null = null;
  const record = await changeVectorStore(services.store, key, async (before) => {
    const current = await currentFile(context);
    if (current === null) return null;
    done = { ...current.file, status: "completed", usage_bytes: usageOf(chunks.map(({ chunk }) => chunk)) };
    const puts = chunks.map(
      ({ id, chunk }): StoreWrite => ({ write: "put", kind, id, owner, parent, value: toJson(chunk) }),
    );
    const writes = [{ write: "deleteChildren", kind, parent, owner } as const, ...puts];
    return {
      record: { ...before, revision: before.revision + 1, last_active_at: nowSeconds() },
      writes: [...writes, putFile(done, owner, current.version)],
    };
  });
  if (record === null) return;
  await updateIndex(services.store, key, record, (index) => setFile(index, done!, chunks));
}

/** Says of the file that it failed, or was cancelled. */
async function end(context: Context, error: FileError | null): Promise<void> {
  const { owner, services, input } = context;
  await changeVectorStore(services.store, { id: input.store_id, owner }, async (record) => {
    const current = await currentFile(context);
    if (current === null) return null;
    const status = error === null ? "cancelled" : "failed";
    const file: FileRecord = { ...current.file, status, last_error: error };
    return { record, writes: [putFile(file, owner, current.version)] };
  });
}
