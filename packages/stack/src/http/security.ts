import { allowOrigin } from "../security/cors.ts";
import type { KeyRing } from "../security/key-ring.ts";
import type { Exchange } from "./exchange.ts";
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
 * are among those allowed. True when the request was to ask for that, and is answered.
 */
export function originCheck(
  listenHost: string,
  origins: readonly string[] = [],
): (exchange: Exchange) => boolean {
  const isLocal = isLoopback(listenHost);
  const allowed = new Set(origins);
  return (exchange) => {
    const host = exchange.header("host") ?? "";
    const name = hostName(host);
    if (name === null) throw new HttpError(400, `The Host header is not a host: ${JSON.stringify(host)}`);
    if (isLocal && !isLoopback(name)) {
      throw new HttpError(403, `The server is not called ${name}; use localhost or 127.0.0.1`, {
        type: "permission_error",
        code: "foreign_host",
      });
    }
    const origin = exchange.header("origin");
    if (origin === undefined) return false;
    if (allowed.has(origin)) return allowOrigin(exchange, origin);
    if (origin.replace(/^https?:\/\//, "").toLowerCase() !== host.toLowerCase()) {
      throw new HttpError(403, `Pages of ${origin} may not use this server`, {
        type: "permission_error",
        code: "foreign_origin",
      });
    }
    return false;
  };
}

/** Notes whose request it is; a server that was started without keys has one owner more, `local`. */
export function identifier(keys: Pick<KeyRing, "find" | "configured">): (exchange: Exchange) => void {
  const fallback = keys.configured.length === 0 ? "local" : null;
  return (exchange) => {
    // Anthropic's clients send their key under a name of its own.
    const own = exchange.header("x-api-key");
    exchange.key = keys.find(exchange.header("authorization") ?? (own === undefined ? own : `Bearer ${own}`));
    exchange.owner = exchange.key?.name ?? fallback;
  };
}

/** The owner of a request; throws for one without a valid key. */
export function requireOwner(exchange: Exchange): string {
  const { owner } = exchange;
  if (owner !== null) return owner;
  const isMissing =
    exchange.header("authorization") === undefined && exchange.header("x-api-key") === undefined;
  const what = isMissing ? "The request has no API key" : "The API key is wrong";
  throw new HttpError(401, `${what}; send it as Authorization: Bearer <key>`, {
    type: "authentication_error",
    code: "invalid_api_key",
    headers: { "WWW-Authenticate": "Bearer" },
  });
}
