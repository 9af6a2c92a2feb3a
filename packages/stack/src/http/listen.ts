import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { guardServer } from "../security/guard-server.ts";
import { prepareAnswer } from "../security/prepare-answer.ts";
import { defaultLimits, type ServerLimits } from "../security/server-limits.ts";
import { Exchange } from "./exchange.ts";

export interface RunningServer {
  /** Address without a path. */
  readonly url: string;
  /** Takes no more requests; aborts what still runs after the grace, 5 seconds by default. Health answers until then. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Where a server listens, and how it learns of its end. */
export interface ListenOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Aborted when no more requests are taken. */
  closing?: AbortController;
  /** Aborted when requests still running have to end. */
  ended: AbortController;
  /** Default `defaultLimits`. */
  limits?: ServerLimits;
  /** PEM texts; with them the server speaks HTTPS. */
  tls?: { cert: string; key: string };
  /** Closes the server. */
  signal?: AbortSignal;
}

/** Answers requests until closed. */
export async function listenOn(
  answer: (exchange: Exchange) => void,
  options: ListenOptions,
): Promise<RunningServer> {
  const { host, port, closing, ended, signal } = options;
  const drain = new Drain();
  const server = createHttpServer(options, (incoming, outgoing) => {
    drain.add(outgoing);
    prepareAnswer(incoming, outgoing);
    answer(new Exchange(incoming, outgoing));
  });
  await listen(server, host, port);
  let closed: Promise<void> | null = null;
  const close: RunningServer["close"] = ({ graceMs = 5000 } = {}) => {
    closing?.abort();
    drain.begin();
    closed ??= closeServer(server, { drain, ended, graceMs });
    return closed;
  };
  signal?.addEventListener("abort", () => void close(), { once: true });
  return { url: addressOf(server, options.tls === undefined ? "http" : "https"), close };
}

function createHttpServer(
  { limits = defaultLimits, tls }: ListenOptions,
  onRequest: RequestListener,
): Server {
  const { headersTimeoutMs, requestTimeoutMs } = limits;
  const settings: ServerOptions = {
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    // Node's 5 s end connections just when clients with pools use them again.
    keepAliveTimeout: 72_000,
    maxHeaderSize: limits.headerBytes,
    connectionsCheckingInterval: Math.min(5000, Math.max(10, Math.floor(headersTimeoutMs / 4))),
  };
  let server: Server;
  try {
    server =
      tls === undefined
        ? createServer(settings, onRequest)
        : createTlsServer({ ...settings, ...tls, minVersion: "TLSv1.2" }, onRequest);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`The TLS certificate and key cannot be used (${reason}); give both as PEM`, {
      cause: error,
    });
  }
  server.maxConnections = limits.connections;
  guardServer(server, limits);
  return server;
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

function addressOf(server: Server, protocol: string): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `${protocol}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** Answers under way. */
class Drain {
  readonly #open = new Set<ServerResponse>();
  #onIdle: (() => void) | null = null;
  #isLast = false;

  add(outgoing: ServerResponse): void {
    this.#open.add(outgoing);
    if (this.#isLast) outgoing.setHeader("Connection", "close");
    outgoing.once("close", () => {
      this.#open.delete(outgoing);
      if (this.#open.size === 0) this.#onIdle?.();
    });
  }

  /** Connections end with their next answers. */
  begin(): void {
    this.#isLast = true;
    for (const outgoing of this.#open) if (!outgoing.headersSent) outgoing.setHeader("Connection", "close");
  }

  /** Resolves when there is none. */
  async idle(): Promise<void> {
    if (this.#open.size > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
  }
}

interface CloseOptions {
  drain: Drain;
  ended: AbortController;
  graceMs: number;
}

/** Probes may still connect and learn that the server drains, until nothing is under way. */
async function closeServer(server: Server, { drain, ended, graceMs }: CloseOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((done) => {
    timer = setTimeout(done, graceMs);
  });
  await Promise.race([drain.idle(), grace]);
  clearTimeout(timer);
  ended.abort();
  const closed = new Promise<void>((done) => server.close(() => done()));
  // Streams write their last event first.
  const end = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(end);
}
