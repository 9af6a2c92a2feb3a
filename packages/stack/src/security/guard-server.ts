import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HttpError } from "../http/http-error.ts";
import { securityHeaders } from "./prepare-answer.ts";
import type { ServerLimits } from "./server-limits.ts";

/** What node's parser and clock refuse. */
const refusals: Readonly<Record<string, HttpError>> = {
  HPE_HEADER_OVERFLOW: new HttpError(431, "The headers are too large", { code: "headers_too_large" }),
  ERR_HTTP_REQUEST_TIMEOUT: new HttpError(408, "The request did not come in time", {
    code: "request_timeout",
  }),
};

const badRequest = new HttpError(400, "This is no HTTP request", { code: "bad_request" });

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** Answers in the form of all errors what never becomes a request, and cuts off who takes nothing of an answer. */
export function guardServer(server: Server, { stallTimeoutMs }: Pick<ServerLimits, "stallTimeoutMs">): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // Node keeps the answer under way here; its own handler looks at it too.
    const answer = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
    if (!socket.writable || error.code === "ECONNRESET" || answer?.headersSent) {
      socket.destroy();
      return;
    }
    socket.end(rawAnswer(refusals[error.code ?? ""] ?? badRequest), () => socket.destroy());
  });
  const sockets = new Map<Socket, Progress>();
  server.on("connection", (socket: Socket) => {
    sockets.set(socket, { pending: 0, since: performance.now() });
    socket.once("close", () => sockets.delete(socket));
  });
  const timer = setInterval(
    () => {
      for (const [socket, progress] of sockets) checkStall(socket, progress, stallTimeoutMs);
    },
    Math.max(10, stallTimeoutMs / 4),
  ).unref();
  server.once("close", () => clearInterval(timer));
}

interface Progress {
  /** Bytes that wait for the client, when it last took some. */
  pending: number;
  since: number;
}

function checkStall(socket: Socket, progress: Progress, stallTimeoutMs: number): void {
  // Of one large write the handle alone knows how much is gone.
  const handle = (socket as { _handle?: { writeQueueSize?: number } | null })._handle;
  const pending = socket.writableLength === 0 ? 0 : socket.writableLength + (handle?.writeQueueSize ?? 0);
  const now = performance.now();
  if (pending === 0 || pending !== progress.pending) Object.assign(progress, { pending, since: now });
  else if (now - progress.since >= stallTimeoutMs) socket.destroy();
}

function rawAnswer({ status, body }: HttpError): string {
  const text = JSON.stringify(body);
  const headers = {
    ...securityHeaders,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(text)),
    Connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${reasons[status]}`, ...lines, "", text].join("\r\n");
}
