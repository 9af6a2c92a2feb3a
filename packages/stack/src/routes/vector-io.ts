import {
  type EmbeddedChunk,
  insertChunksSchema,
  type QueryChunksRequest,
  queryChunksResponseSchema,
  queryChunksSchema,
} from "../api/vector-search.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import type { ServedModels } from "../served-models.ts";
import { isStorableKey } from "../store/statements.ts";
import type { StoreWrite } from "../store/store.ts";
import { addInserted, type IndexedChunk, updateIndex } from "../vectors/index-cache.ts";
import { defaultRanking } from "../vectors/ranking.ts";
import {
  changeVectorStore,
  chunkOf,
  fileKey,
  findUsable,
  isOther,
  toBase64,
  usageOf,
  type VectorStoreRecord,
} from "../vectors/records.ts";
import { searchStore } from "../vectors/search-store.ts";
import { toEmbeddedChunk } from "../vectors/to-result.ts";
import { notFound, nowSeconds, toJson } from "./stored-objects.ts";

const common = { tag: "VectorIO", level: "stable" } as const;

const textOf = (content: QueryChunksRequest["query"]): string =>
  typeof content === "string"
    ? content
    : [content]
        .flat()
        .map(({ text }) => text)
        .join("\n");

/** Refuses a chunk whose vector is of another model that is served, or of another length than those of the store. */
function checkChunk(chunk: EmbeddedChunk, at: number, record: VectorStoreRecord, models: ServedModels): void {
  const { embedding, embedding_dimension: said, embedding_model: model } = chunk;
  const refuse = (field: string, message: string): HttpError =>
    new HttpError(400, message, { param: `chunks[${at}].${field}`, code: "invalid_value" });
  if (!isStorableKey(chunk.chunk_id)) {
    throw refuse("chunk_id", "A chunk's id holds no NUL and no half of a surrogate pair");
  }
  if (isOther(models, model, record)) {
    throw refuse("embedding_model", `The vectors of this store are of ${record.model}, not of ${model}`);
  }
  if (embedding.length !== record.dimension || said !== record.dimension) {
    const message = `The vectors of this store have ${record.dimension} dimensions; this one has ${embedding.length}, and says ${said}`;
    throw refuse("embedding", message);
  }
  if (!Float32Array.from(embedding).every(Number.isFinite)) {
    throw refuse("embedding", "The embedding holds a number that is too large");
  }
}

/** Llama Stack's way to chunks that come with their vectors. */
export const vectorIoRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/vector-io/insert",
    summary: "Put chunks with their vectors into a vector store",
    body: insertChunksSchema,
    response: null,
    async handle({ body, owner }, { store, models }) {
      const key = { id: body.vector_store_id, owner };
      const parent = fileKey(key.id, "");
      const given = await findUsable(store, key);
      const chunks = new Map<string, IndexedChunk>();
      for (const [at, chunk] of body.chunks.entries()) {
        checkChunk(chunk, at, given, models);
        const id = `${parent}/${chunk.chunk_id}`;
        chunks.set(id, {
          id,
          chunk: {
            chunk_id: chunk.chunk_id,
            file_id: "",
            text: textOf(chunk.content),
            vector: toBase64(chunk.embedding),
            chunk_metadata: chunk.chunk_metadata,
            metadata: chunk.metadata ?? {},
          },
        });
      }
      const all = [...chunks.values()];
      const kind = "vector_store_chunk";
      const record = await changeVectorStore(store, key, async (before) => {
        const earlier = await Promise.all(all.map(({ id }) => store.get(kind, id, owner)));
        const replaced = usageOf(earlier.filter((each) => each !== null).map(chunkOf));
        return {
          record: {
            ...before,
            revision: before.revision + 1,
            last_active_at: nowSeconds(),
            inserted_bytes: before.inserted_bytes - replaced + usageOf(all.map(({ chunk }) => chunk)),
          },
          writes: all.map(
            ({ id, chunk }): StoreWrite => ({ write: "put", kind, id, owner, parent, value: toJson(chunk) }),
          ),
        };
      });
      if (record === null) throw notFound("vector store", key.id);
      await updateIndex(store, key, record, (index) => addInserted(index, all));
      return undefined;
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/vector-io/query",
    summary: "Find the chunks of a vector store that fit a text",
    body: queryChunksSchema,
    response: queryChunksResponseSchema,
    async handle({ body, owner, context }, services) {
      const { store, ended } = services;
      const key = { id: body.vector_store_id, owner };
      const record = await findUsable(store, key);
      const {
        max_chunks: limit = 3,
        score_threshold: threshold,
        mode = "vector",
        filters,
      } = body.params ?? {};
      const found = await runRequest(context, { ended, param: "query" }, (signal) =>
        searchStore(services, key, record, {
          queries: [textOf(body.query)],
          mode,
          limit,
          threshold: threshold ?? Number.NEGATIVE_INFINITY,
          filter: filters ?? null,
          ranking: defaultRanking,
          signal,
        }),
      );
      return {
        chunks: found.map((each) => toEmbeddedChunk(each, record)),
        scores: found.map(({ score }) => score),
      };
    },
  }),
];
