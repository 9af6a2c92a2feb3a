import { z } from "zod";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { requireOwner } from "../http/security.ts";
import { requireScope } from "../security/key-access.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** `GET /metrics`: takes the scope admin, unless the server has no keys, which it may on loopback only. */
export function metricsRoute(metrics: ServerMetrics): AnyRoute {
  return defineRoute({
    method: "GET",
    path: "/metrics",
    tag: "Inspect",
    level: "stable",
    summary: "Give the server's metrics as Prometheus reads them",
    // Checked below: a reading takes no place of requests.
    isPublic: true,
    contentType: "text/plain",
    response: z.string(),
    async handle({ context }, { models }) {
      requireOwner(context);
      requireScope(context, "admin");
      return new Response(metrics.text(models.all), {
        headers: {
          "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
          "Cache-Control": "no-store",
        },
      });
    },
  });
}
