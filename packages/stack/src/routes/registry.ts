import type { Json } from "../api/json.ts";
import {
  type Benchmark,
  benchmarkListSchema,
  benchmarkSchema,
  registerBenchmarkSchema,
} from "../api/registry.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import type { ObjectKind, Store } from "../store/store.ts";
import { providerId } from "./providers.ts";
import { getStored, listAll, toJson } from "./stored-objects.ts";

/** What an owner has registered of a kind, the oldest first. */
export async function listRegistered<T>(store: Store, kind: ObjectKind, owner: string): Promise<T[]> {
  const all = await listAll<Json>(store, kind, { owner });
  return all.map(({ value }) => value as unknown as T);
}

/** A registered resource; throws a 404 where there is none. */
export async function getRegistered<T>(
  store: Store,
  kind: ObjectKind,
  id: string,
  owner: string,
): Promise<T> {
  const { value } = await getStored<Json>(store, { kind, id, owner, what: kind.replace("_", " ") });
  return value as unknown as T;
}

/** Registers a resource; one of that name before it is replaced. */
export async function register(
  store: Store,
  kind: ObjectKind,
  owner: string,
  resource: { identifier: string },
): Promise<void> {
  await store.write({ write: "put", kind, id: resource.identifier, owner, value: toJson(resource) });
}

/** Forgets a resource; throws a 404 where there is none. */
export async function unregister(store: Store, kind: ObjectKind, id: string, owner: string): Promise<void> {
  await getRegistered(store, kind, id, owner);
  await store.write({ write: "delete", kind, id, owner });
}

const benchmarks = { tag: "Benchmarks", path: "/v1alpha/eval/benchmarks" } as const;

/** Benchmarks that were registered: a dataset and the functions that score answers to it. */
export const benchmarkRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...benchmarks,
    method: "GET",
    level: "experimental",
    summary: "List the benchmarks",
    response: benchmarkListSchema,
    handle: async ({ owner }, { store }) => ({
      data: await listRegistered<Benchmark>(store, "benchmark", owner),
    }),
  }),
  defineRoute({
    ...benchmarks,
    method: "POST",
    level: "deprecated",
    summary: "Register a benchmark",
    body: registerBenchmarkSchema,
    response: null,
    async handle({ body, owner }, { store }) {
      const benchmark: Benchmark = {
        identifier: body.benchmark_id,
        provider_id: providerId,
        provider_resource_id: body.provider_benchmark_id ?? body.benchmark_id,
        type: "benchmark",
        dataset_id: body.dataset_id,
        scoring_functions: body.scoring_functions,
        metadata: body.metadata ?? {},
      };
      await register(store, "benchmark", owner, benchmark);
    },
  }),
  defineRoute({
    ...benchmarks,
    method: "GET",
    path: `${benchmarks.path}/{benchmark_id}`,
    level: "experimental",
    summary: "Get a benchmark",
    response: benchmarkSchema,
    handle: ({ params, owner }, { store }) =>
      getRegistered<Benchmark>(store, "benchmark", params["benchmark_id"]!, owner),
  }),
  defineRoute({
    ...benchmarks,
    method: "DELETE",
    path: `${benchmarks.path}/{benchmark_id}`,
    level: "deprecated",
    summary: "Unregister a benchmark",
    response: null,
    handle: ({ params, owner }, { store }) => unregister(store, "benchmark", params["benchmark_id"]!, owner),
  }),
];
