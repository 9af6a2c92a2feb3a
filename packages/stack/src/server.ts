import { setMaxListeners } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Env } from "./http/env.ts";
import { HttpError, toHttpError } from "./http/http-error.ts";
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

export interface RunningServer {
  /** Address without a path. */
  readonly url: string;
  /** Stops accepting; aborts what still runs after the grace, 5 seconds by default. */
  close(options?: { graceMs?: number }): Promise<void>;
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
  const server = createServer(
    getRequestListener((request, env) => app.fetch(request, env), {
      overrideGlobalObjects: false,
      // What is no request at all never reaches the app.
      errorHandler: (error) =>
        Response.json(new HttpError(400, error instanceof Error ? error.message : String(error)).body, {
          status: 400,
        }),
    }),
  );
  await listen(server, host, port);
  let closed: Promise<void> | null = null;
  const close: RunningServer["close"] = ({ graceMs = 5000 } = {}) => {
    closing.abort();
    closed ??= closeServer(server, ended, graceMs);
    return closed;
  };
  signal?.addEventListener("abort", () => void close(), { once: true });
  return { url: addressOf(server), close };
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      done();
    });
  });
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function closeServer(server: Server, ended: AbortController, graceMs: number): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  const end = setTimeout(() => {
    ended.abort();
    // Streams write their last event first.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  }, graceMs);
  await closed;
  clearTimeout(end);
}
