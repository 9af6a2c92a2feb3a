import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";
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
 * On every address: refuses requests of web pages of other origins, to which no key would be a hindrance.
 */
export function checkOrigin(listenHost: string): MiddlewareHandler<Env> {
  const isLocal = isLoopback(listenHost);
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
    if (origin !== undefined && origin.replace(/^https?:\/\//, "").toLowerCase() !== host.toLowerCase()) {
      throw new HttpError(403, `Pages of ${origin} may not use this server`, {
        type: "permission_error",
        code: "foreign_origin",
      });
    }
    await next();
  };
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** True when a request carries the key; digests are compared, in constant time. */
export function hasKey(authorization: string | undefined, key: string): boolean {
  const given = /^bearer +(.*)$/i.exec(authorization ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(key));
}

/** Demands `Authorization: Bearer <key>`. */
export function requireKey(key: string): MiddlewareHandler<Env> {
  return async (c, next) => {
    const authorization = c.req.header("authorization");
    if (!hasKey(authorization, key)) {
      const what = authorization === undefined ? "The request has no API key" : "The API key is wrong";
      throw new HttpError(401, `${what}; send it as Authorization: Bearer <key>`, {
        type: "authentication_error",
        code: "invalid_api_key",
        headers: { "WWW-Authenticate": "Bearer" },
      });
    }
    await next();
  };
}
