import { z } from "zod";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { isLoopback, requireOwner } from "../http/security.ts";
import { requireScope } from "../security/key-access.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** `GET /metrics`: open to this machine where the server listens to no other; else it takes the scope admin. */
export function metricsRoute(metrics: ServerMetrics, host: string): AnyRoute {
  const isOpen = isLoopback(host);
  return defineRoute({
    method: "GET",
    path: "/metrics",
    tag: "Inspect",
    level: "stable",
    summary: "Give the server's metrics as Prometheus reads them",
    isPublic: true,
    contentType: "text/plain",
    response: z.string(),
    async handle({ context }, { models }) {
      if (!isOpen) {
        requireOwner(context);
        requireScope(context, "admin");
      }
      return context.text(metrics.text(models.all), 200, {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "Cache-Control": "no-store",
      });
    },
  });
}
