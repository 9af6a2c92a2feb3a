import { type TraceObject, traceListSchema, traceQuerySchema, traceSchema } from "../api/traces.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { getStored, listStored, toPage } from "./stored-objects.ts";

const common = { method: "GET", tag: "Traces", level: "experimental" } as const;

/** What the server did for each request of a key. */
export const traceRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    path: "/v1alpha/traces",
    summary: "List traces of requests, the newest first",
    query: traceQuerySchema,
    response: traceListSchema,
    async handle({ query, owner }, { store, traces }) {
      await traces?.flush();
      const { after, limit, order, ...filters } = query;
      const where = Object.fromEntries(
        Object.entries(filters).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
      );
      const page = await listStored(store, "trace", { owner, query: { after, limit, order }, where });
      const data = page.items.map(({ value }) => {
        const { spans: _, num_dropped_spans: __, ...summary } = value as unknown as TraceObject;
        return summary;
      });
      return toPage(data, page.hasMore);
    },
  }),
  defineRoute({
    ...common,
    path: "/v1alpha/traces/{trace_id}",
    summary: "Get a trace with its spans",
    response: traceSchema,
    async handle({ params, owner }, { store, traces }) {
      await traces?.flush();
      const { value } = await getStored(store, {
        kind: "trace",
        id: params["trace_id"]!,
        owner,
        what: "trace",
      });
      return value as unknown as TraceObject;
    },
  }),
];
