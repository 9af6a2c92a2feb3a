import type { Page } from "../api/paging.ts";
import { fileContentPageSchema, fileContentQuerySchema } from "../api/vector-search.ts";
import {
  attachFileSchema,
  fileBatchRequestSchema,
  fileBatchSchema,
  type ListVectorStoreFilesQuery,
  listVectorStoreFilesQuerySchema,
  updateVectorStoreFileSchema,
  type VectorStoreFile,
  vectorStoreFileDeletedSchema,
  vectorStoreFileListSchema,
  vectorStoreFileSchema,
} from "../api/vector-stores.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { ServedModels } from "../served-models.ts";
import type { Store } from "../store/store.ts";
import {
  attachFiles,
  cancelFiles,
  checkFileIds,
  detachFile,
  namesOf,
  waitForFiles,
} from "../vectors/attach-files.ts";
import { readChunks, setAttributes, updateIndex } from "../vectors/index-cache.ts";
import {
  changeVectorStore,
  type FileRecord,
  fileKey,
  fileOf,
  findStoreFile,
  findUsable,
  findVectorStore,
  isOther,
  putFile,
  type StoreKey,
  settleFile,
  toWireBatch,
  toWireFile,
  type VectorStoreRecord,
} from "../vectors/records.ts";
import { toContent } from "../vectors/to-result.ts";
import { getStored, newId, notFound, nowSeconds, toJson, toPage } from "./stored-objects.ts";

const common = { tag: "VectorIO", level: "stable" } as const;
const files = "/v1/vector_stores/{vector_store_id}/files";
const batches = "/v1/vector_stores/{vector_store_id}/file_batches";

type Params = Readonly<Record<string, string>>;
const keyOf = (params: Params, owner: string): StoreKey => ({ id: params["vector_store_id"]!, owner });

interface BatchRecord {
  id: string;
  created_at: number;
  cancelled: boolean;
}

async function findBatch(store: Store, key: StoreKey, id: string): Promise<BatchRecord> {
  const found = await getStored(store, {
    kind: "vector_store_file_batch",
    id,
    owner: key.owner,
    what: "batch of files",
  });
  if (found.parent !== key.id) throw notFound("batch of files", id);
  return found.value as unknown as BatchRecord;
}

/** A page of the files of a vector store or of one of its batches. */
async function listFiles(
  store: Store,
  key: StoreKey,
  { filter, limit = 20, order = "desc", after, before }: ListVectorStoreFilesQuery,
  batchId?: string,
): Promise<Page<VectorStoreFile>> {
  const { items, hasMore } = await store.list("vector_store_file", {
    owner: key.owner,
    parent: key.id,
    limit,
    order,
    ...(after !== undefined && { after: fileKey(key.id, after) }),
    ...(before !== undefined && { before: fileKey(key.id, before) }),
    where: { ...(filter && { status: filter }), ...(batchId && { batch_id: batchId }) },
  });
  const settled = await Promise.all(items.map((each) => settleFile(store, fileOf(each), key.owner)));
  return toPage(settled.map(toWireFile), hasMore);
}

/** What is not asked for of a chunk. */
const without = { embedding: null, chunk_metadata: null, metadata: null };

/** Refuses the name of a model that is not the one of the store. */
function checkModel(
  models: ServedModels,
  { embedding_model: name }: { embedding_model?: string | undefined },
  record: VectorStoreRecord,
): void {
  if (name === undefined || !isOther(models, name, record)) return;
  throw new HttpError(400, `The vectors of this store are of ${record.model}, not of ${name}`, {
    param: "embedding_model",
    code: "invalid_value",
  });
}

/** Files of vector stores, one by one and in batches. */
export const vectorStoreFileRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: files,
    summary: "Put a file into a vector store",
    body: attachFileSchema,
    response: vectorStoreFileSchema,
    async handle({ params, body, owner }, services) {
      const key = keyOf(params, owner);
      checkModel(services.models, body, await findUsable(services.store, key));
      const names = await namesOf(services.store, [body.file_id], owner);
      await waitForFiles(services, await attachFiles(services, key, names, body), owner);
      return toWireFile(await findStoreFile(services.store, key, body.file_id));
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: files,
    summary: "List the files of a vector store",
    query: listVectorStoreFilesQuerySchema,
    response: vectorStoreFileListSchema,
    async handle({ params, query, owner }, { store }) {
      const key = keyOf(params, owner);
      await findVectorStore(store, key);
      return await listFiles(store, key, query);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${files}/{file_id}`,
    summary: "Get a file of a vector store",
    response: vectorStoreFileSchema,
    handle: async ({ params, owner }, { store }) =>
      toWireFile(await findStoreFile(store, keyOf(params, owner), params["file_id"]!)),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${files}/{file_id}`,
    summary: "Change the attributes of a file of a vector store",
    body: updateVectorStoreFileSchema,
    response: vectorStoreFileSchema,
    async handle({ params, body, owner }, { store }) {
      const key = keyOf(params, owner);
      const fileId = params["file_id"]!;
      let file: FileRecord | null = null;
      const record = await changeVectorStore(store, key, async (before) => {
        const found = await store.get("vector_store_file", fileKey(key.id, fileId), owner);
        if (found === null) return null;
        file = { ...fileOf(found), attributes: body.attributes };
        return {
          record: { ...before, revision: before.revision + 1 },
          writes: [putFile(file, owner, found.version)],
        };
      });
      if (record === null) throw notFound("file in the vector store", fileId);
      await updateIndex(store, key, record, (index) => setAttributes(index, file!));
      return toWireFile(await settleFile(store, file!, owner));
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: `${files}/{file_id}`,
    summary: "Take a file out of a vector store; the file itself stays",
    response: vectorStoreFileDeletedSchema,
    async handle({ params, owner }, services) {
      const id = params["file_id"]!;
      if (!(await detachFile(services, keyOf(params, owner), id)))
        throw notFound("file in the vector store", id);
      return { id, object: "vector_store.file.deleted", deleted: true } as const;
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${files}/{file_id}/content`,
    summary: "Get the chunks of a file of a vector store",
    query: fileContentQuerySchema,
    response: fileContentPageSchema,
    async handle({ params, query, owner }, { store }) {
      const key = keyOf(params, owner);
      const { id } = await findStoreFile(store, key, params["file_id"]!);
      const chunks = await readChunks(store, key, id);
      return {
        object: "vector_store.file_content.page",
        data: chunks.map(({ chunk }) => ({ ...without, ...toContent(chunk, query) })),
        has_more: false,
        next_page: null,
      } as const;
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: batches,
    summary: "Put files into a vector store",
    body: fileBatchRequestSchema,
    response: fileBatchSchema,
    async handle({ params, body, owner }, services) {
      const { store } = services;
      const key = keyOf(params, owner);
      checkModel(services.models, body, await findUsable(store, key));
      const files = body.files ?? body.file_ids!.map((file_id) => ({ ...body, file_id }));
      const ids = files.map(({ file_id }) => file_id);
      checkFileIds(ids);
      const names = await namesOf(store, ids, owner);
      const batch: BatchRecord = { id: newId("vsfb_"), created_at: nowSeconds(), cancelled: false };
      const { id } = batch;
      const kind = "vector_store_file_batch";
      await store.write({ write: "put", kind, id, owner, parent: key.id, value: toJson(batch) });
      for (const file of files) {
        const name = new Map([[file.file_id, names.get(file.file_id)!]]);
        await attachFiles(services, key, name, file, id);
      }
      return await toWireBatch(store, key, batch);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${batches}/{batch_id}`,
    summary: "Get a batch of files",
    response: fileBatchSchema,
    async handle({ params, owner }, { store }) {
      const key = keyOf(params, owner);
      return await toWireBatch(store, key, await findBatch(store, key, params["batch_id"]!));
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${batches}/{batch_id}/files`,
    summary: "List the files of a batch",
    query: listVectorStoreFilesQuerySchema,
    response: vectorStoreFileListSchema,
    async handle({ params, query, owner }, { store }) {
      const key = keyOf(params, owner);
      const { id } = await findBatch(store, key, params["batch_id"]!);
      return await listFiles(store, key, query, id);
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${batches}/{batch_id}/cancel`,
    summary: "End the work on a batch; what is done stays",
    response: fileBatchSchema,
    async handle({ params, owner }, services) {
      const { store } = services;
      const key = keyOf(params, owner);
      const batch = await findBatch(store, key, params["batch_id"]!);
      const { status } = await toWireBatch(store, key, batch);
      if (status !== "in_progress" && status !== "cancelled") {
        throw new HttpError(409, `Cannot cancel a batch with status '${status}'`);
      }
      const { id } = batch;
      const value = toJson({ ...batch, cancelled: true });
      await store.write({ write: "put", kind: "vector_store_file_batch", id, owner, parent: key.id, value });
      await cancelFiles(services, key, id);
      return await toWireBatch(store, key, { ...batch, cancelled: true });
    },
  }),
];
