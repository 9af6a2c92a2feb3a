import { setMaxListeners } from "node:events";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Env } from "./http/env.ts";
import { HttpError, toHttpError } from "./http/http-error.ts";
import { listenOn, type RunningServer } from "./http/listen.ts";
import { checkOrigin, isLoopback, requireKey } from "./http/security.ts";
import { serveFiles } from "./http/static-files.ts";
import { addChatCompletions } from "./routes/chat-completions.ts";
import { addEmbeddings } from "./routes/embeddings.ts";
import { addHealth } from "./routes/health.ts";
import { addModels } from "./routes/models.ts";
import { addRerank } from "./routes/rerank.ts";
import type { AddRoutes, RouteOptions } from "./routes/route.ts";
import { type ServedModel, ServedModels } from "./served-models.ts";

/** How to serve. */
export interface ServerOptions {
  /** Requests name one; the first is the one that `/v1/health` speaks of. */
  models: readonly ServedModel[];
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Demanded under /v1; needed on any address but this machine's own. */
  apiKey?: string | null;
  /** Folder of the chat page, shown at /. */
  webRoot?: string | null;
  /** Closes the server. */
  signal?: AbortSignal;
  /** Told of every error that is no fault of a request; default prints to standard error. */
  onError?: (error: unknown) => void;
}

/** Every interface that the server has. */
const routes: readonly AddRoutes[] = [addHealth, addModels, addChatCompletions, addEmbeddings, addRerank];

/** Serves models over HTTP until closed. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, webRoot = null, signal, onError = console.error } = options;
  const apiKey = options.apiKey ?? null;
  if (apiKey === "") throw new TypeError("The API key is empty; give one with at least one character");
  if (apiKey === null && !isLoopback(host)) {
    throw new TypeError(
      `${host} can be reached from other machines; give an API key, or listen on 127.0.0.1`,
    );
  }
  signal?.throwIfAborted();
  const closing = new AbortController();
  const ended = new AbortController();
  // Every request in flight listens.
  setMaxListeners(0, ended.signal);
  const app = createApp(
    {
      models: new ServedModels(options.models),
      apiKey,
      closing: closing.signal,
      ended: ended.signal,
      onError,
    },
    { host, webRoot },
  );
  return await listenOn(app, { host, port, closing, ended, ...(signal && { signal }) });
}

function createApp(
  options: RouteOptions,
  { host, webRoot }: { host: string; webRoot: string | null },
): Hono<Env> {
  const app = new Hono<Env>();
  app.onError((error, c) => {
    const { status, body, headers } = toHttpError(error);
    if (status === 500) options.onError(error);
    return c.json(body, status as ContentfulStatusCode, headers);
  });
  app.notFound((c) => {
    throw new HttpError(404, `There is no ${c.req.method} ${c.req.path}`, { code: "unknown_url" });
  });
  app.use(checkOrigin(host));
  if (webRoot !== null) app.use(serveFiles(webRoot));
  app.use("/v1/*", async (c, next) => {
    await next();
    if (options.closing.aborted) c.res.headers.set("Connection", "close");
  });
  if (options.apiKey !== null) app.use("/v1/*", requireKey(options.apiKey));
  for (const addRoutes of routes) addRoutes(app, options);
  return app;
}
