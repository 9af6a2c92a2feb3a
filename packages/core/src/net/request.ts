import { isOffline, printableUrl, RefusedRequestError, reportEgress } from "./policy.ts";

/**
 * Which addresses a request may reach. `any`: configured by the operator. `public`: named by a user or a model, so
 * loopback, private and link-local addresses are refused. `public-after-redirect`: the first host is trusted, the
 * ones it redirects to are not.
 */
export type Access = "any" | "public" | "public-after-redirect";

/** Options of one outgoing request. */
export interface RequestOptions {
  /** What the request is for; shown in the egress log. */
  purpose: string;
  access: Access;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** Until the headers arrive, for each hop. Default 30,000. */
  headersTimeoutMs?: number;
  /** Default 5. */
  maxRedirects?: number;
  signal?: AbortSignal;
  /** Sees the headers of every hop, redirects included. */
  onResponse?: (url: URL, response: Response) => void;
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Headers that belong to one host and must not travel to another. */
const hostBoundHeaders: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization"]);

/** The one way out: every HTTP request of the system passes here. Resolves when the last hop's headers arrive. */
export async function request(url: string | URL, options: RequestOptions): Promise<Response> {
  let current = parseUrl(url);
  let method = options.method ?? "GET";
  let body = options.body;
  let headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  const firstOrigin = current.origin;
  const maxRedirects = options.maxRedirects ?? 5;

  for (let hop = 0; ; hop++) {
    const guarded =
      options.access === "public" ||
      (options.access === "public-after-redirect" && current.origin !== firstOrigin);
    const response = await send(current, { method, headers, body, guarded, options });
    options.onResponse?.(current, response);
    const location = response.headers.get("location");
    if (!redirectStatuses.has(response.status) || location === null) return response;

    await response.body?.cancel();
    if (hop === maxRedirects) {
      throw new RefusedRequestError(`${printableUrl(current)} redirects more than ${maxRedirects} times`);
    }
    const next = parseUrl(new URL(location, current));
    if (current.protocol === "https:" && next.protocol === "http:") {
      throw new RefusedRequestError(
        `${printableUrl(current)} redirects from https to ${printableUrl(next)}, which is not encrypted`,
      );
    }
    if (next.origin !== current.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !hostBoundHeaders.has(name)));
    }
    // Fetch standard, "HTTP-redirect fetch": 303 always, 301 and 302 for POST, turn into GET.
    if (
      response.status === 303 ||
      ((response.status === 301 || response.status === 302) && method === "POST")
    ) {
      method = "GET";
      body = undefined;
    }
    current = next;
  }
}

function parseUrl(url: string | URL): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new SyntaxError(`Not a URL: ${String(url)}`, { cause });
  }
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new RefusedRequestError(`Only http and https URLs can be requested, not ${parsed.protocol}`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new RefusedRequestError(
      `${printableUrl(parsed)} carries a user name or password; use a header instead`,
    );
  }
  return parsed;
}

interface Hop {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Refuse private addresses. */
  guarded: boolean;
  options: RequestOptions;
}

async function send(url: URL, hop: Hop): Promise<Response> {
  const { options } = hop;
  const event = { at: new Date(), method: hop.method, url: printableUrl(url), purpose: options.purpose };
  const controller = new AbortController();
  const timeoutMs = options.headersTimeoutMs ?? 30_000;
  const timer = setTimeout(
    () => controller.abort(new Error(`No answer from ${event.url} within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  // Stays attached after the headers: the signal also ends the body.
  const forward = (): void => controller.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", forward, { once: true });
  if (options.signal?.aborted === true) forward();
  try {
    if (isOffline()) {
      throw new RefusedRequestError(
        `Offline: refused to request ${event.url} (unset LLAMERO_OFFLINE or drop --offline to allow it)`,
      );
    }
    controller.signal.throwIfAborted();
    const init = {
      method: hop.method,
      headers: hop.headers,
      ...(hop.body === undefined ? {} : { body: hop.body }),
      signal: controller.signal,
    };
    const response = hop.guarded
      ? await (await import("./public-fetch.ts")).publicFetch(url, init)
      : await fetch(url, { ...init, redirect: "manual" });
    reportEgress({ ...event, status: response.status, error: null });
    return response;
  } catch (error) {
    options.signal?.removeEventListener("abort", forward);
    const described = controller.signal.aborted
      ? controller.signal.reason
      : describeFailure(error, event.url);
    reportEgress({ ...event, status: null, error: String(described?.message ?? described) });
    throw described;
  } finally {
    clearTimeout(timer);
  }
}

/** undici says only "fetch failed"; the reason is in `cause`. */
function describeFailure(error: unknown, url: string): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  const { cause } = error;
  // Fetch standard, "block bad port": decided before anything is sent.
  if (cause.message === "bad port")
    return new RefusedRequestError(`${url} has a port that is blocked for HTTP; choose another port`, {
      cause,
    });
  return new Error(
    `Request to ${url} failed: ${cause.message || String(Reflect.get(cause, "code") ?? cause.name)}`,
    {
      cause,
    },
  );
}
