import type { RequestContext } from "../http/env.ts";

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

/** Lets the pages of an origin read the answer; gives the whole answer to a preflight request, else null. */
export function allowOrigin(c: RequestContext, origin: string): Response | null {
  const { outgoing } = c.env;
  // Streams are written past hono, so headers are set where they hold for all.
  outgoing.setHeader("Access-Control-Allow-Origin", origin);
  outgoing.setHeader("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
  outgoing.setHeader("Vary", "Origin");
  const isPreflight =
    c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined;
  if (!isPreflight) return null;
  const wanted = c.req.header("access-control-request-headers") ?? "";
  const headers = /^[\w, -]{1,1000}$/.test(wanted) ? { "Access-Control-Allow-Headers": wanted } : {};
  return c.body(null, 204, { ...preflightHeaders, ...headers });
}
