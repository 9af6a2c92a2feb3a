import type { Exchange } from "../http/exchange.ts";

/** An origin as browsers write it; null when it is none. */
export function toOrigin(text: string): string | null {
  try {
    const { origin, protocol } = new URL(text);
    return /^https?:$/.test(protocol) && origin === text.toLowerCase() ? origin : null;
  } catch {
    return null;
  }
}

const preflightHeaders = {
  "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
  "Access-Control-Max-Age": "600",
} as const;

/** Lets the pages of an origin read the answer; true for a preflight request, which is answered. */
export function allowOrigin(exchange: Exchange, origin: string): boolean {
  const { incoming, outgoing } = exchange;
  outgoing.setHeader("Access-Control-Allow-Origin", origin);
  outgoing.setHeader("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
  outgoing.setHeader("Vary", "Origin");
  const isPreflight =
    incoming.method === "OPTIONS" && exchange.header("access-control-request-method") !== undefined;
  if (!isPreflight) return false;
  const wanted = exchange.header("access-control-request-headers") ?? "";
  const headers = /^[\w, -]{1,1000}$/.test(wanted) ? { "Access-Control-Allow-Headers": wanted } : {};
  outgoing.writeHead(204, { ...preflightHeaders, ...headers }).end();
  return true;
}
