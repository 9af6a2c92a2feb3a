import type { Hono } from "hono";
import type { Health, ModelHealth, WorkerHealth } from "../api/health.ts";
import type { Env } from "../http/env.ts";
import { hasKey } from "../http/security.ts";
import type { ServedModel } from "../served-models.ts";
import type { RouteOptions } from "./route.ts";

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

/** `GET /health` and `GET /v1/health`: is it up, what runs, and what runs worse than asked for. */
export function addHealth(app: Hono<Env>, { models, apiKey, closing }: RouteOptions): void {
  app.on("GET", ["/health", "/v1/health"], (c) => {
    const status = closing.aborted ? "closing" : "ok";
    // Probes have no key; they learn no more than that the server is up.
    if (apiKey !== null && !hasKey(c.req.header("authorization"), apiKey)) return c.json({ status });
    const all = models.all.map(healthOf);
    const { model, backend, mode, degraded } = all[0]!;
    return c.json({ status, model, backend, mode, degraded, models: all } satisfies Health);
  });
}
