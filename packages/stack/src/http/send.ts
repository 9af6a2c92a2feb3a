import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { withRequestId } from "../security/prepare-answer.ts";
import type { Exchange } from "./exchange.ts";
import { toHttpError } from "./http-error.ts";

/** JSON that is there as bytes already, one for each character. */
export class JsonBytes {
  readonly latin1: string;

  constructor(latin1: string) {
    this.latin1 = latin1;
  }
}

/** Text of an answer's JSON, bytes as characters. */
export const toLatin1 = (value: object): string =>
  value instanceof JsonBytes ? value.latin1 : Buffer.from(JSON.stringify(value)).toString("latin1");

/** Answers with JSON; null is no content. */
export function sendJson(
  { outgoing }: Exchange,
  value: object | null,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (value === null) return void outgoing.writeHead(204, headers).end();
  const text = toLatin1(value);
  outgoing.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": text.length,
    ...headers,
  });
  outgoing.end(text, "latin1");
}

/** An error as it goes out: in the form of its route, with the id under which logs have the request. */
export function errorAnswer(
  exchange: Exchange,
  error: unknown,
  onError: (error: unknown) => void,
): { status: number; body: object; headers: Readonly<Record<string, string>> } {
  const mapped = toHttpError(error);
  const { status, headers } = mapped;
  if (status === 500) onError(error);
  const body = exchange.errors?.convert(mapped) ?? withRequestId(mapped.body, exchange.outgoing);
  return { status, body, headers };
}

/** Answers with an error, unless the answer has begun. */
export function sendError(exchange: Exchange, error: unknown, onError: (error: unknown) => void): void {
  const { incoming, outgoing } = exchange;
  const { status, body, headers } = errorAnswer(exchange, error, onError);
  if (outgoing.destroyed) return;
  if (outgoing.headersSent) return void outgoing.destroy();
  outgoing.once("finish", () => discardRest(incoming));
  sendJson(exchange, body, status, headers);
}

const discardMs = 500;

/** Reads what is left of a body for a while: a client that still sends would not read its answer. */
function discardRest(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  const timer = setTimeout(() => incoming.socket.destroySoon(), discardMs).unref();
  incoming.once("close", () => clearTimeout(timer));
  incoming.resume();
}
