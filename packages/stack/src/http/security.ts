import type { MiddlewareHandler } from "hono";
import { allowOrigin } from "../security/cors.ts";
import type { KeyRing } from "../security/key-ring.ts";
import type { Env, RequestContext } from "./env.ts";
import { HttpError } from "./http-error.ts";

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/.test(name);
}

/** Host name of a Host header; null when it is no such thing. */
function hostName(header: string): string | null {
  return /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.exec(header)?.[1] ?? null;
}

/**
 * On this machine's own address: refuses requests that a web page made under a foreign name (DNS rebinding).
 * On every address: refuses requests of web pages of other origins, to which no key would be a hindrance, unless they
 * are among those allowed.
 */
export function checkOrigin(listenHost: string, origins: readonly string[] = []): MiddlewareHandler<Env> {
  const isLocal = isLoopback(listenHost);
  const allowed = new Set(origins);
  return async (c, next) => {
    const host = c.env.incoming.headers.host ?? "";
    const name = hostName(host);
    if (name === null) throw new HttpError(400, `The Host header is not a host: ${JSON.stringify(host)}`);
    if (isLocal && !isLoopback(name)) {
      throw new HttpError(403, `The server is not called ${name}; use localhost or 127.0.0.1`, {
        type: "permission_error",
        code: "foreign_host",
      });
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && allowed.has(origin)) {
      const preflight = allowOrigin(c, origin);
      if (preflight !== null) return preflight;
    } else if (
      origin !== undefined &&
      origin.replace(/^https?:\/\//, "").toLowerCase() !== host.toLowerCase()
    ) {
      throw new HttpError(403, `Pages of ${origin} may not use this server`, {
        type: "permission_error",
        code: "foreign_origin",
      });
    }
    await next();
    return;
  };
}

/** Notes whose request it is; a server that was started without keys has one owner more, `local`. */
export function identify(keys: Pick<KeyRing, "find" | "configured">): MiddlewareHandler<Env> {
  const fallback = keys.configured.length === 0 ? "local" : null;
  return async (c, next) => {
    // Anthropic's clients send their key under a name of its own.
    const own = c.req.header("x-api-key");
    const key = keys.find(c.req.header("authorization") ?? (own === undefined ? own : `Bearer ${own}`));
    c.set("key", key);
    c.set("owner", key?.name ?? fallback);
    await next();
  };
}

/** The owner of a request; throws for one without a valid key. */
export function requireOwner(c: RequestContext): string {
  const { owner } = c.var;
  if (owner !== null) return owner;
  const isMissing = c.req.header("authorization") === undefined && c.req.header("x-api-key") === undefined;
  const what = isMissing ? "The request has no API key" : "The API key is wrong";
  throw new HttpError(401, `${what}; send it as Authorization: Bearer <key>`, {
    type: "authentication_error",
    code: "invalid_api_key",
    headers: { "WWW-Authenticate": "Bearer" },
  });
}
