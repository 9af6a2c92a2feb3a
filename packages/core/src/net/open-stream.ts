import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isOffline, printableUrl, RefusedRequestError, reportEgress } from "./policy.ts";

/** One request to an address that the operator configured. */
export interface OpenStreamOptions {
  /** What the request is for; shown in the egress log. */
  purpose: string;
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** Until the headers arrive. */
  headersTimeoutMs: number;
  signal: AbortSignal;
}

/** No answer in time. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";
}

// Proxied requests are many and short: what takes time is connecting.
const agents = {
  "http:": new HttpAgent({ keepAlive: true, maxFreeSockets: 256 }),
  "https:": new HttpsAgent({ keepAlive: true, maxFreeSockets: 256 }),
};

/**
 * The way out for proxied requests: raw bytes over kept connections, at a fraction of the cost of `fetch`. Redirects
 * are not followed. The signal also ends the body.
 */
export function openStream(url: URL, options: OpenStreamOptions): Promise<IncomingMessage> {
  const { method, headers, body, headersTimeoutMs, signal, purpose } = options;
  const event = { at: new Date(), method, url: printableUrl(url), purpose };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reportEgress({ ...event, status: null, error: error.message });
      reject(error);
    };
    if (isOffline()) {
      return fail(
        new RefusedRequestError(
          `Offline: refused to request ${event.url} (unset LLAMERO_OFFLINE or drop --offline to allow it)`,
        ),
      );
    }
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return fail(new RefusedRequestError(`Only http and https URLs can be requested, not ${url.protocol}`));
    }
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, { method, headers, agent: agents[url.protocol], signal });
    const timer = setTimeout(() => {
      outgoing.destroy(new NoAnswerError(`No answer from ${event.url} within ${headersTimeoutMs / 1000} s`));
    }, headersTimeoutMs);
    let isAnswered = false;
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      if (isAnswered) return;
      const reason = error.message || String(Reflect.get(error, "code") ?? error.name);
      fail(
        signal.aborted || error instanceof NoAnswerError
          ? error
          : new Error(`Request to ${event.url} failed: ${reason}`, { cause: error }),
      );
    });
    outgoing.on("response", (incoming) => {
      clearTimeout(timer);
      isAnswered = true;
      reportEgress({ ...event, status: incoming.statusCode ?? null, error: null });
      resolve(incoming);
    });
    outgoing.end(body);
  });
}
