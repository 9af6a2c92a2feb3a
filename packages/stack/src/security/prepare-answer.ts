import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorBody } from "../api/errors.ts";

const requestIdHeader = "X-Request-Id";

/** Nothing in an answer runs, is framed or tells where it was read, unless a page's own headers say otherwise. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** The id that a client gave its request, if it can stand in logs and headers as it is; else a new one. */
export function toRequestId(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : `req_${randomUUID()}`;
}

const securityFields = Object.entries(securityHeaders);

/** Sets what every answer bears, however it is written. */
export function prepareAnswer(incoming: IncomingMessage, outgoing: ServerResponse): void {
  for (const [name, value] of securityFields) outgoing.setHeader(name, value);
  outgoing.setHeader(requestIdHeader, toRequestId(incoming.headers["x-request-id"]));
}

/** The id of the request that is being answered. */
export function requestIdOf(outgoing: ServerResponse): string | null {
  const id = outgoing.getHeader(requestIdHeader);
  return typeof id === "string" ? id : null;
}

/** An error's body with the id under which logs have its request. */
export function withRequestId(body: ErrorBody, outgoing: ServerResponse): ErrorBody {
  const id = requestIdOf(outgoing);
  return id === null ? body : { error: { ...body.error, request_id: id } };
}
