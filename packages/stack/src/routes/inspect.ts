import {
  type ListRoutesQuery,
  type ListRoutesResponse,
  listProvidersSchema,
  listRoutesQuerySchema,
  listRoutesSchema,
  type ProviderInfo,
  providerSchema,
  versionSchema,
} from "../api/inspect.ts";
import { type AnyRoute, defineRoute, type RouteRequest } from "../http/define-route.ts";
import { version } from "../version.ts";
import { providerId, providerType } from "./providers.ts";
import type { RouteServices } from "./services.ts";
import { notFound } from "./stored-objects.ts";

/** Whether a route is one that a filter asks for; none asks for all that are not deprecated. */
function matches({ path, level }: AnyRoute, filter: ListRoutesQuery["api_filter"]): boolean {
  if (filter === "deprecated" || level === "deprecated") return filter === level;
  return filter === undefined || path.startsWith(`/${filter}/`);
}

async function listRoutes(
  { query }: RouteRequest<undefined, ListRoutesQuery>,
  { routes }: RouteServices,
): Promise<ListRoutesResponse> {
  const found = routes.filter((route) => matches(route, query.api_filter));
  return {
    data: found.map(({ path, method }) => ({
      route: path.replaceAll("+}", "}"),
      method,
      provider_types: [providerType],
    })),
  };
}

/** APIs of Llama Stack that the engine answers for, as the tags of routes name them. */
const apis: Readonly<Record<string, string>> = {
  Inference: "inference",
  Responses: "responses",
  Files: "files",
  Batches: "batches",
  VectorIO: "vector_io",
  Safety: "safety",
  Scoring: "scoring",
  DatasetIO: "datasetio",
  Eval: "eval",
  "File Processors": "file_processors",
};

function providersOf({ routes, models }: RouteServices): ProviderInfo[] {
  const tags = new Set(routes.map(({ tag }) => tag));
  const own = Object.entries(apis)
    .filter(([tag]) => tags.has(tag))
    .map(([, api]) => ({
      api,
      provider_id: providerId,
      provider_type: providerType,
      config: {},
      health: { status: "OK" as const },
    }));
  const remote = models.remote.providers.map(({ id, type, presetName, health }) => ({
    api: "inference",
    provider_id: id,
    provider_type: type,
    config: { preset: presetName },
    health,
  }));
  return [...own, ...remote];
}

/** The same three questions under two prefixes. */
function inspectRoutes(prefix: string, fields: Pick<AnyRoute, "level"> & { tag?: string }): AnyRoute[] {
  const get = { method: "GET", level: fields.level } as const;
  const routesPath = prefix === "/v1" ? "/v1/inspect/routes" : `${prefix}/inspect/routes`;
  const tag = (usual: string): string => fields.tag ?? usual;
  return [
    defineRoute({
      ...get,
      path: `${prefix}/version`,
      tag: tag("Inspect"),
      summary: "Say the version of the server",
      ...(prefix === "/v1" && { isPublic: true }),
      response: versionSchema,
      handle: async () => ({ version }),
    }),
    defineRoute({
      ...get,
      path: routesPath,
      tag: tag("Inspect"),
      summary: "List the routes of the server",
      query: listRoutesQuerySchema,
      response: listRoutesSchema,
      handle: listRoutes,
    }),
    defineRoute({
      ...get,
      path: `${prefix}/providers`,
      tag: tag("Providers"),
      summary: "List who answers for which interface",
      response: listProvidersSchema,
      handle: async (_, services) => ({ data: providersOf(services) }),
    }),
    defineRoute({
      ...get,
      path: `${prefix}/providers/{provider_id}`,
      tag: tag("Providers"),
      summary: "Get a provider",
      response: providerSchema,
      async handle({ params }, services) {
        const id = params["provider_id"]!;
        const found = providersOf(services).find((each) => each.provider_id === id);
        if (found === undefined) throw notFound("provider", id);
        return found;
      },
    }),
  ];
}

/** Version, routes and providers, for all and for administrators. */
export const inspectionRoutes: readonly AnyRoute[] = [
  ...inspectRoutes("/v1", { level: "stable" }),
  ...inspectRoutes("/v1alpha/admin", { level: "experimental", tag: "Admin" }),
];
