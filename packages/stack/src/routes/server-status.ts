import { readFileSync } from "node:fs";
import { type ModelStatus, type ServerStatus, serverStatusSchema } from "../api/server-status.ts";
import { defineRoute, type RouteSpec } from "../http/define-route.ts";
import type { ServedModel } from "../served-models.ts";
import { version } from "../version.ts";

/** Resident memory of another process, where the system tells it; null elsewhere. */
function memoryOf(pid: number): number | null {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return line === null ? null : Number(line[1]) * 1024;
  } catch {
    return null;
  }
}

function modelStatus({ name, model }: ServedModel): ModelStatus {
  const worker = model.engine?.worker?.();
  const stats = model.engine?.stats();
  const unloadsAt = worker?.unloadsAt ?? null;
  return {
    model: name,
    state: worker?.state ?? "inline",
    pid: worker?.pid ?? null,
    memory_bytes: worker?.pid ? memoryOf(worker.pid) : null,
    running: stats?.numRunning ?? null,
    waiting: stats?.numWaiting ?? null,
    kv_blocks: stats?.kvBlocks ?? null,
    kv_blocks_used: stats?.kvBlocksUsed ?? null,
    unloads_in_seconds: unloadsAt === null ? null : Math.max(0, Math.round((unloadsAt - Date.now()) / 1000)),
    degraded: [...(model.engine?.info().degraded ?? [])],
  };
}

/** `GET /v1alpha/admin/status`, which `llamero ps` shows. */
export const serverStatusRoute: RouteSpec<undefined, undefined, ServerStatus> = defineRoute({
  method: "GET",
  path: "/v1alpha/admin/status",
  tag: "Admin",
  level: "experimental",
  summary: "Say what the server and its models are at",
  response: serverStatusSchema,
  handle: async (_, { models, closing, load }): Promise<ServerStatus> => ({
    status: closing.aborted ? "draining" : "ok",
    version,
    pid: process.pid,
    uptime_seconds: Math.round(process.uptime()),
    memory_bytes: process.memoryUsage.rss(),
    open_requests: load?.().requests ?? 0,
    open_streams: load?.().streams ?? 0,
    models: models.all.map(modelStatus),
    providers: models.remote.providers.map(({ id }) => id),
  }),
});
