import { appendRowsSchema, iterRowsQuerySchema, rowsPageSchema } from "../api/datasetio.ts";
import { type Dataset, datasetListSchema, datasetSchema, registerDatasetSchema } from "../api/registry.ts";
import { checkUri, readRows } from "../datasets/read-rows.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { providerId } from "./providers.ts";
import { getRegistered, listRegistered, register, unregister } from "./registry.ts";
import { newId, toJson } from "./stored-objects.ts";

const common = { tag: "Datasets", path: "/v1beta/datasets" } as const;
const one = `${common.path}/{dataset_id+}` as const;

const datasetRoutesOnly: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    level: "experimental",
    summary: "List the datasets",
    response: datasetListSchema,
    handle: async ({ owner }, { store }) => ({
      data: await listRegistered<Dataset>(store, "dataset", owner),
    }),
  }),
  defineRoute({
    ...common,
    method: "POST",
    level: "deprecated",
    summary: "Register a dataset: rows, or a file of the data folder",
    body: registerDatasetSchema,
    response: datasetSchema,
    async handle({ body, owner }, { store, dataFolder }) {
      if (body.source.type === "uri") await checkUri(body.source.uri, dataFolder);
      const identifier = body.dataset_id ?? newId("dataset-");
      const dataset: Dataset = {
        identifier,
        provider_id: providerId,
        provider_resource_id: identifier,
        type: "dataset",
        purpose: body.purpose,
        source: body.source,
        metadata: body.metadata ?? {},
      };
      await register(store, "dataset", owner, dataset);
      return dataset;
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: one,
    level: "experimental",
    summary: "Get a dataset",
    response: datasetSchema,
    handle: ({ params, owner }, { store }) =>
      getRegistered<Dataset>(store, "dataset", params["dataset_id"]!, owner),
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: one,
    level: "deprecated",
    summary: "Unregister a dataset; rows that were appended to it are deleted",
    response: null,
    async handle({ params, owner }, { store }) {
      const id = params["dataset_id"]!;
      await unregister(store, "dataset", id, owner);
      await store.write({ write: "deleteChildren", kind: "dataset_row", parent: id, owner });
    },
  }),
];

const rowRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "GET",
    path: "/v1beta/datasetio/iterrows/{dataset_id+}",
    tag: "DatasetIO",
    level: "experimental",
    summary: "Get rows of a dataset, from an index on",
    query: iterRowsQuerySchema,
    response: rowsPageSchema,
    async handle({ params, query, owner }, { store, dataFolder }) {
      const dataset = await getRegistered<Dataset>(store, "dataset", params["dataset_id"]!, owner);
      const rows = await readRows(store, dataset, owner, dataFolder);
      const { start_index: start = 0, limit = -1 } = query;
      const end = limit === -1 ? rows.length : start + limit;
      return { data: rows.slice(start, end), has_more: end < rows.length, url: null };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1beta/datasetio/append-rows/{dataset_id+}",
    tag: "DatasetIO",
    level: "experimental",
    summary: "Append rows to a dataset; a file that it names stays as it is",
    body: appendRowsSchema,
    response: null,
    async handle({ params, body, owner }, { store }) {
      const { identifier } = await getRegistered<Dataset>(store, "dataset", params["dataset_id"]!, owner);
      await store.write({
        write: "put",
        kind: "dataset_row",
        id: newId("rows-"),
        owner,
        parent: identifier,
        value: toJson(body.rows),
      });
    },
  }),
];

/** Datasets and their rows. */
export const datasetRoutes: readonly AnyRoute[] = [...datasetRoutesOnly, ...rowRoutes];
