import {
  registerAdapterSchema,
  rollbackAdapterSchema,
  servedAdapterListSchema,
  servedAdapterSchema,
} from "../api/adapters.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { listServed, registerAdapter, rollbackAdapter } from "../round/served-adapters.ts";

const common = { tag: "Adapters", level: "experimental" } as const;
const path = "/v1alpha/admin/adapters";

/** Which adapter each model id is served through; these take the scope admin. */
export const adapterRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "List the models that are served through an adapter, with what was before",
    response: servedAdapterListSchema,
    handle: async (_, { store }) => ({ data: await listServed(store) }),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path,
    summary: "Serve a model through a LoRA adapter from now on",
    body: registerAdapterSchema,
    response: servedAdapterSchema,
    handle: ({ body }, services) => registerAdapter(services, body),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/rollback`,
    summary: "Serve a model as it was before the last adapter",
    body: rollbackAdapterSchema,
    response: servedAdapterSchema,
    handle: ({ body }, services) => rollbackAdapter(services, body.model),
  }),
];
