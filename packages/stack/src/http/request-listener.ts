import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { metricsRoute } from "../observe/metrics-route.ts";
import { observeRequests, type RequestRecord } from "../observe/observe-requests.ts";
import type { ServerMetrics } from "../observe/server-metrics.ts";
import type { Traces } from "../observe/traces.ts";
import type { RouteServices } from "../routes/services.ts";
import { addRunsRoutes } from "../runs/runs-routes.ts";
import type { Admission } from "../security/admission.ts";
import { requireScope } from "../security/key-access.ts";
import type { KeyRing } from "../security/key-ring.ts";
import type { ServerLimits } from "../security/server-limits.ts";
import { addRoute, answered, pathsOf, type RouteAnswerer, routeAnswerer } from "./add-route.ts";
import type { Env } from "./env.ts";
import type { Exchange } from "./exchange.ts";
import { honoListener } from "./hono-listener.ts";
import { HttpError } from "./http-error.ts";
import { identifier, originCheck, requireOwner } from "./security.ts";
import { errorAnswer, sendError, sendJson } from "./send.ts";
import { serveFiles } from "./static-files.ts";

export interface RequestListenerOptions {
  host: string;
  /** Folder of the pages. */
  webRoot: string | null;
  runsFolder: string | null;
  origins: readonly string[];
  keys: KeyRing;
  limits: ServerLimits;
  admission: Admission;
  metrics: ServerMetrics;
  traces: Traces;
  onRequest: ((record: RequestRecord) => void) | undefined;
  checksAnswers: boolean;
}

/**
 * What answers the requests of a server. All are observed, checked and identified alike. Those that post JSON to an
 * address without parameters go to their handlers from here, since hono's requests and answers cost more than most
 * handlers; the rest go through hono.
 */
export function requestListener(
  services: RouteServices,
  options: RequestListenerOptions,
): (exchange: Exchange) => void {
  const { host, origins, keys, metrics, traces, onRequest } = options;
  const { onError } = services;
  const observe = observeRequests(metrics, traces, onRequest);
  const isPreflight = originCheck(host, origins);
  const identify = identifier(keys);
  const direct = new Map<string, RouteAnswerer>();
  const app = createApp(services, options);
  for (const route of [...services.routes, metricsRoute(metrics)]) {
    const answer = routeAnswerer(route, services, options);
    addRoute(app, route, answer);
    if (route.method !== "POST" || route.form || route.path.includes("{")) continue;
    for (const path of pathsOf(route)) direct.set(path, answer);
  }
  const answerByHono = honoListener(app);
  const answerDirectly = async (exchange: Exchange, answer: RouteAnswerer): Promise<void> => {
    try {
      const result = await answer(exchange, {});
      if (result === answered) return;
      if (result instanceof Response)
        throw new TypeError(`${exchange.path} answers with a Response of its own`);
      sendJson(exchange, result);
    } catch (error) {
      sendError(exchange, error, onError);
    }
  };
  return (exchange) => {
    try {
      observe(exchange);
      if (isPreflight(exchange)) return;
      identify(exchange);
    } catch (error) {
      return sendError(exchange, error, onError);
    }
    const answer = exchange.incoming.method === "POST" ? direct.get(exchange.path) : undefined;
    if (answer === undefined) answerByHono(exchange);
    else void answerDirectly(exchange, answer);
  };
}

function createApp(services: RouteServices, { webRoot, runsFolder }: RequestListenerOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.onError((error, c) => {
    const { status, body, headers } = errorAnswer(c.env.exchange, error, services.onError);
    return c.json(body, status as ContentfulStatusCode, headers);
  });
  app.notFound((c) => {
    // Whoever has no key does not learn which routes there are.
    if (/^\/v1/.test(c.req.path)) requireOwner(c.env.exchange);
    throw new HttpError(404, `There is no ${c.req.method} ${shown(c.req.path)}`, { code: "unknown_url" });
  });
  if (webRoot !== null) app.use(serveFiles(webRoot));
  if (runsFolder !== null) {
    const allow = (exchange: Exchange): void => {
      requireOwner(exchange);
      requireScope(exchange, "admin");
    };
    addRunsRoutes(app, { folder: runsFolder, ended: services.ended, allow, onError: services.onError });
  }
  return app;
}

const shown = (path: string): string => (path.length > 200 ? `${path.slice(0, 200)}...` : path);
