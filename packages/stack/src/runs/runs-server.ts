import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Env } from "../http/env.ts";
import type { Exchange } from "../http/exchange.ts";
import { honoListener } from "../http/hono-listener.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { listenOn, type RunningServer } from "../http/listen.ts";
import { originCheck } from "../http/security.ts";
import { sendError } from "../http/send.ts";
import { serveFiles } from "../http/static-files.ts";
import { addRunsRoutes } from "./runs-routes.ts";

/** How to show runs. */
export interface RunsServerOptions {
  /** Folder of runs. */
  folder: string;
  /** Folder of the page. */
  webRoot: string;
  /** 0 takes a free port. */
  port: number;
  /** Between two looks at the files. */
  pollMs?: number;
  signal?: AbortSignal;
  onError?: (error: unknown) => void;
}

const host = "127.0.0.1";

/** Serves the page of live curves, to this machine only, until closed. */
export async function startRunsServer(options: RunsServerOptions): Promise<RunningServer> {
  const { folder, webRoot, port, pollMs = 1000, signal, onError = console.error } = options;
  const ended = new AbortController();
  const app = new Hono<Env>();
  app.onError((error, c) => {
    const { status, body, headers } = toHttpError(error);
    if (status === 500) onError(error);
    return c.json(body, status as ContentfulStatusCode, headers);
  });
  app.notFound((c) => {
    throw new HttpError(404, `There is no ${c.req.method} ${c.req.path}`, { code: "unknown_url" });
  });
  app.use(serveFiles(webRoot));
  addRunsRoutes(app, { folder, pollMs, ended: ended.signal, allow: () => {}, onError });
  const isPreflight = originCheck(host);
  const answer = honoListener(app);
  const listener = (exchange: Exchange): void => {
    try {
      if (!isPreflight(exchange)) answer(exchange);
    } catch (error) {
      sendError(exchange, error, onError);
    }
  };
  return await listenOn(listener, { host, port, ended, ...(signal && { signal }) });
}
