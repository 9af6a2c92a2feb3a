import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { prepareAnswer } from "../security/prepare-answer.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./http-error.ts";

export interface RunningServer {
  /** Address without a path. */
  readonly url: string;
  /** Stops accepting; aborts what still runs after the grace, 5 seconds by default. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Where an app listens, and how it learns of its end. */
export interface ListenOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Aborted when no more requests are taken. */
  closing?: AbortController;
  /** Aborted when requests still running have to end. */
  ended: AbortController;
  /** Closes the server. */
  signal?: AbortSignal;
}

/** Serves an app until closed. */
export async function listenOn(app: Hono<Env>, options: ListenOptions): Promise<RunningServer> {
  const { host, port, closing, ended, signal } = options;
  const answer = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
    // What is no request at all never reaches the app.
    errorHandler: (error) =>
      Response.json(new HttpError(400, error instanceof Error ? error.message : String(error)).body, {
        status: 400,
      }),
  });
  const server = createServer((incoming, outgoing) => {
    prepareAnswer(incoming, outgoing);
    return answer(incoming, outgoing);
  });
  await listen(server, host, port);
  let closed: Promise<void> | null = null;
  const close: RunningServer["close"] = ({ graceMs = 5000 } = {}) => {
    closing?.abort();
    closed ??= closeServer(server, ended, graceMs);
    return closed;
  };
  signal?.addEventListener("abort", () => void close(), { once: true });
  return { url: addressOf(server), close };
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
