import {
  type Health,
  type HealthInfo,
  type HealthStatus,
  healthAnswerSchema,
  healthInfoSchema,
  type ModelHealth,
  type WorkerHealth,
} from "../api/health.ts";
import { type AnyRoute, defineRoute, type RouteRequest, type RouteSpec } from "../http/define-route.ts";
import type { ServedModel } from "../served-models.ts";
import type { RouteServices } from "./services.ts";

function workerOf({ model }: ServedModel): WorkerHealth | null {
  const status = model.engine?.worker?.();
  if (status === undefined) return null;
  const { state, pid, numRestarts, lastDeath } = status;
  return { state, pid, restarts: numRestarts, last_death: lastDeath };
}

function healthOf(served: ServedModel): ModelHealth {
  const { name, model } = served;
  const info = model.engine?.info();
  const stats = model.engine?.stats();
  return {
    model: name,
    backend: info?.backend ?? null,
    mode: info?.mode ?? null,
    threads: info?.threads ?? null,
    context_length: model.contextLimit,
    running: stats?.numRunning ?? null,
    waiting: stats?.numWaiting ?? null,
    degraded: [...(info?.degraded ?? [])],
    worker: workerOf(served),
  };
}

/** Is it up, what runs, and what runs worse than asked for. */
function healthRoute(
  path: string,
  open: HealthStatus,
  closed: HealthStatus,
): RouteSpec<undefined, undefined, Health | HealthInfo> {
  const handle = async (
    { isKnown }: RouteRequest<undefined, undefined>,
    { models, closing }: RouteServices,
  ): Promise<Health | HealthInfo | Response> => {
    // Balancers send no more to a server that says so.
    if (closing.aborted)
      return Response.json({ status: closed }, { status: 503, headers: { "Retry-After": "5" } });
    const status = open;
    // Probes have no key; they learn no more than that the server is up.
    if (!isKnown || models.all.length === 0) return { status };
    const all = models.all.map(healthOf);
    const { model, backend, mode, degraded } = all[0]!;
    return { status, model, backend, mode, degraded, models: all };
  };
  const summary = "Say whether the server is up, and how it runs";
  return defineRoute({
    method: "GET",
    path,
    tag: "Inspect",
    level: "stable",
    summary,
    isPublic: true,
    response: healthAnswerSchema,
    handle,
  });
}

const adminHealth: RouteSpec<undefined, undefined, HealthInfo> = defineRoute({
  method: "GET",
  path: "/v1alpha/admin/health",
  tag: "Admin",
  level: "experimental",
  summary: "Say whether the server is up",
  response: healthInfoSchema,
  handle: async (_, { closing }): Promise<HealthInfo> => ({ status: closing.aborted ? "Error" : "OK" }),
});

/** Health, in our words and in Llama Stack's. */
export const healthRoutes: readonly AnyRoute[] = [
  healthRoute("/health", "ok", "draining"),
  healthRoute("/v1/health", "OK", "Error"),
  adminHealth,
];
