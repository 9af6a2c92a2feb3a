import { setTimeout } from "node:timers/promises";
import type { Attributes, GivenChunking } from "../api/vector-stores.ts";
import { HttpError } from "../http/http-error.ts";
import { jobsOf } from "../jobs/jobs-of.ts";
import type { IngestInput } from "../jobs/vectors/ingest-job.ts";
import { findFile } from "../routes/files.ts";
import type { RouteServices } from "../routes/services.ts";
import { newId, nowSeconds, toJson } from "../routes/stored-objects.ts";
import type { Store, StoreWrite } from "../store/store.ts";
import { dropIndex, removeFile, updateIndex } from "./index-cache.ts";
import {
  allFiles,
  changeVectorStore,
  chunkingOf,
  type FileRecord,
  fileKey,
  fileOf,
  putFile,
  type StoreKey,
} from "./records.ts";

interface FileOptions {
  attributes?: Attributes | null | undefined;
  chunking_strategy?: GivenChunking | null | undefined;
}

/** The names of files of an owner; one that there is not is refused. */
export async function namesOf(
  store: Store,
  ids: readonly string[],
  owner: string,
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const id of ids) names.set(id, (await findFile(store, id, owner)).filename);
  return names;
}

/** Puts files into a vector store; each is worked on by a job. A file that is in there already begins anew. */
export async function attachFiles(
  services: RouteServices,
  key: StoreKey,
  names: ReadonlyMap<string, string>,
  options: FileOptions,
  batchId = "",
): Promise<FileRecord[]> {
  const { id: storeId, owner } = key;
  const attach = async ([id, filename]: readonly [string, string]): Promise<FileRecord> => {
    const file: FileRecord = {
      id,
      created_at: nowSeconds(),
      vector_store_id: storeId,
      status: "in_progress",
      usage_bytes: 0,
      last_error: null,
      chunking_strategy: chunkingOf(options.chunking_strategy),
      attributes: options.attributes ?? {},
      filename,
      job_id: newId("ingest_"),
      batch_id: batchId,
    };
    await detachFile(services, key, id);
    const input: IngestInput = { store_id: storeId, file_id: id };
    const job = { id: file.job_id, owner, kind: "vector_store_file", input: toJson(input) };
    await jobsOf(services).enqueue(job, putFile(file, owner, 0));
    return file;
  };
  return await Promise.all([...names].map(attach));
}

/** Small files are done while the client waits; after this time it hears that they are in progress. */
const patienceMs = 5000;

/** Waits a while for the work on files to end. */
export async function waitForFiles(
  services: RouteServices,
  files: readonly FileRecord[],
  owner: string,
): Promise<void> {
  const patience = new AbortController();
  const late = setTimeout(patienceMs, undefined, { signal: patience.signal, ref: false }).catch(() => {});
  const all = files.map((file) => jobsOf(services).settled({ id: file.job_id, owner }));
  await Promise.race([Promise.all(all), late]);
  patience.abort();
}

/** Takes a file out of a vector store, with its chunks; false where it is not in there. */
export async function detachFile(services: RouteServices, key: StoreKey, fileId: string): Promise<boolean> {
  const { store } = services;
  const { id: storeId, owner } = key;
  const id = fileKey(storeId, fileId);
  const found = await store.get("vector_store_file", id, owner);
  if (found === null) return false;
  await stopFile(services, fileOf(found), owner);
  const record = await changeVectorStore(store, key, async (before) => ({
    record: { ...before, revision: before.revision + 1 },
    writes: [
      { write: "delete", kind: "vector_store_file", id, owner },
      { write: "deleteChildren", kind: "vector_store_chunk", parent: id, owner },
    ],
  }));
  if (record !== null) await updateIndex(store, key, record, (index) => removeFile(index, fileId));
  return true;
}

/** Ends the work on a file and waits for it. */
async function stopFile(services: RouteServices, file: FileRecord, owner: string): Promise<void> {
  if (file.status !== "in_progress") return;
  const job = { id: file.job_id, owner };
  await jobsOf(services).cancel(job);
  await jobsOf(services).settled(job);
}

/** Ends the work on what is not done yet of a batch. */
export async function cancelFiles(services: RouteServices, key: StoreKey, batchId: string): Promise<void> {
  const { store } = services;
  const { owner } = key;
  const open = (await allFiles(store, key, batchId)).filter(({ status }) => status === "in_progress");
  await Promise.all(open.map((file) => stopFile(services, file, owner)));
  for (const { id } of open) {
    // A job that had not begun says nothing of its file.
    await changeVectorStore(store, key, async (record) => {
      const found = await store.get("vector_store_file", fileKey(key.id, id), owner);
      if (found === null || fileOf(found).status !== "in_progress") return null;
      return { record, writes: [putFile({ ...fileOf(found), status: "cancelled" }, owner, found.version)] };
    });
  }
}

/** Deletes a vector store and everything in it but the files themselves. */
export async function deleteVectorStore(services: RouteServices, key: StoreKey): Promise<void> {
  const { store } = services;
  const { id, owner } = key;
  const files = await allFiles(store, key);
  await Promise.all(files.map((file) => stopFile(services, file, owner)));
  const parents = ["", ...files.map((file) => file.id)].map((fileId) => fileKey(id, fileId));
  await store.write(
    { write: "delete", kind: "vector_store", id, owner },
    { write: "deleteChildren", kind: "vector_store_file", parent: id, owner },
    { write: "deleteChildren", kind: "vector_store_file_batch", parent: id, owner },
    ...parents.map(
      (parent): StoreWrite => ({ write: "deleteChildren", kind: "vector_store_chunk", parent, owner }),
    ),
  );
  dropIndex(store, key);
}

/** Refuses a list of files that names one twice. */
export function checkFileIds(ids: readonly string[]): void {
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice === undefined) return;
  throw new HttpError(400, `file_ids names ${twice} twice`, { param: "file_ids", code: "invalid_value" });
}
