import { searchPageSchema, searchVectorStoreSchema } from "../api/vector-search.ts";
import {
  createVectorStoreSchema,
  updateVectorStoreSchema,
  type VectorPageQuery,
  vectorPageQuerySchema,
  vectorStoreDeletedSchema,
  vectorStoreListSchema,
  vectorStoreSchema,
} from "../api/vector-stores.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import type { ListOptions } from "../store/store.ts";
import {
  attachFiles,
  checkFileIds,
  deleteVectorStore,
  namesOf,
  waitForFiles,
} from "../vectors/attach-files.ts";
import { toFilter } from "../vectors/match-filter.ts";
import { rankingOf } from "../vectors/ranking.ts";
import {
  changeVectorStore,
  findUsable,
  findVectorStore,
  recordOf,
  toWireStore,
  type VectorStoreRecord,
} from "../vectors/records.ts";
import { searchStore } from "../vectors/search-store.ts";
import { toResult } from "../vectors/to-result.ts";
import type { RouteServices } from "./services.ts";
import { newId, notFound, nowSeconds, toJson, toPage } from "./stored-objects.ts";
import { vectorIoRoutes } from "./vector-io.ts";
import { vectorStoreFileRoutes } from "./vector-store-files.ts";

const common = { tag: "VectorIO", level: "stable" } as const;
const path = "/v1/vector_stores/{vector_store_id}";
/** Searches within so many seconds count as one use. */
const touchSeconds = 60;

/** A page as the listing of vector stores asks for it. */
function pageOptions(query: VectorPageQuery): Pick<ListOptions, "limit" | "order" | "after" | "before"> {
  const { limit = 20, order = "desc", after, before } = query;
  return { limit, order, ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
}

/** The model of a new store and how long its vectors are, which one of them tells. */
async function chooseModel(
  { models }: RouteServices,
  name: string | undefined,
  signal: AbortSignal,
): Promise<{ model: string; dimension: number }> {
  // An encoder that is served is there for this.
  const served = models.list.find(({ model }) => model.embedding !== undefined) ?? models.list[0];
  const first = name ?? served?.name;
  if (first === undefined) {
    throw new HttpError(400, "No model of this machine is served that could embed", {
      param: "embedding_model",
    });
  }
  const found = models.findServed(first);
  const adapter = found.adapter === undefined ? {} : { adapter: found.adapter };
  const { vectors } = await found.model.embed(["dimension"], { pooling: "mean", signal, ...adapter });
  return { model: found.name, dimension: vectors[0]!.length };
}

const ownRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/vector_stores",
    summary: "Create a vector store",
    body: createVectorStoreSchema,
    response: vectorStoreSchema,
    async handle({ body, owner, context }, services) {
      const { store, ended } = services;
      const ids = body.file_ids ?? [];
      checkFileIds(ids);
      const names = await namesOf(store, ids, owner);
      const { model, dimension } = await runRequest(context, { ended, param: "embedding_model" }, (signal) =>
        chooseModel(services, body.embedding_model, signal),
      );
      if (body.embedding_dimension !== undefined && body.embedding_dimension !== dimension) {
        const message = `Vectors of ${model} have ${dimension} dimensions; they cannot have ${body.embedding_dimension}`;
        throw new HttpError(400, message, { param: "embedding_dimension", code: "invalid_value" });
      }
      const now = nowSeconds();
      const record: VectorStoreRecord = {
        created_at: now,
        name: body.name ?? null,
        ...(body.description != null && { description: body.description }),
        expires_after: body.expires_after ?? null,
        last_active_at: now,
        metadata: { ...body.metadata, ...(body.provider_id && { provider_id: body.provider_id }) },
        model,
        dimension,
        inserted_bytes: 0,
        revision: 0,
      };
      const key = { id: newId("vs_"), owner };
      await store.write({ write: "put", kind: "vector_store", ...key, value: toJson(record), ifVersion: 0 });
      const options = body.chunking_strategy ? { chunking_strategy: body.chunking_strategy } : {};
      await waitForFiles(services, await attachFiles(services, key, names, options), owner);
      return await toWireStore(store, key, record);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/vector_stores",
    summary: "List vector stores",
    query: vectorPageQuerySchema,
    response: vectorStoreListSchema,
    async handle({ query, owner }, { store }) {
      const { items, hasMore } = await store.list("vector_store", { owner, ...pageOptions(query) });
      const data = items.map((each) => toWireStore(store, { id: each.id, owner }, recordOf(each)));
      return toPage(await Promise.all(data), hasMore);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "Get a vector store",
    response: vectorStoreSchema,
    async handle({ params, owner }, { store }) {
      const key = { id: params["vector_store_id"]!, owner };
      return await toWireStore(store, key, await findVectorStore(store, key));
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path,
    summary: "Change a vector store",
    body: updateVectorStoreSchema,
    response: vectorStoreSchema,
    async handle({ params, body, owner }, { store }) {
      const key = { id: params["vector_store_id"]!, owner };
      const record = await changeVectorStore(store, key, async (before) => ({
        record: {
          ...before,
          ...(body.name !== undefined && { name: body.name }),
          ...(body.expires_after !== undefined && { expires_after: body.expires_after }),
          ...(body.metadata !== undefined && { metadata: body.metadata ?? {} }),
          last_active_at: nowSeconds(),
        },
      }));
      if (record === null) throw notFound("vector store", key.id);
      return await toWireStore(store, key, record);
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path,
    summary: "Delete a vector store; its files stay",
    response: vectorStoreDeletedSchema,
    async handle({ params, owner }, services) {
      const key = { id: params["vector_store_id"]!, owner };
      await findVectorStore(services.store, key);
      await deleteVectorStore(services, key);
      return { id: key.id, object: "vector_store.deleted", deleted: true } as const;
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/search`,
    summary: "Search a vector store by meaning, by words or by both",
    body: searchVectorStoreSchema,
    response: searchPageSchema,
    async handle({ params, body, owner, context }, services) {
      const { store, ended } = services;
      const key = { id: params["vector_store_id"]!, owner };
      const record = await findUsable(store, key);
      const queries = [body.query].flat();
      const ranked = rankingOf(body.ranking_options, body.search_mode);
      const found = await runRequest(context, { ended, param: "query" }, (signal) =>
        searchStore(services, key, record, {
          ...ranked,
          queries,
          limit: body.max_num_results ?? 10,
          filter: toFilter(body.filters),
          signal,
        }),
      );
      const now = nowSeconds();
      if (now - record.last_active_at >= touchSeconds) {
        await changeVectorStore(store, key, async (before) => ({
          record: { ...before, last_active_at: now },
        }));
      }
      return {
        object: "vector_store.search_results.page",
        search_query: queries,
        data: found.map(toResult),
        has_more: false,
        next_page: null,
      } as const;
    },
  }),
];

/** Vector stores, what is in them, and chunks with vectors. */
export const vectorStoreRoutes: readonly AnyRoute[] = [
  ...ownRoutes,
  ...vectorStoreFileRoutes,
  ...vectorIoRoutes,
];
