import { request as httpRequest } from "@llamero/core/net/request";

/** A server that speaks the OpenAI protocol, and how patiently it is asked. */
export interface OpenAiClientOptions {
  /** Up to and including `/v1`. */
  url: string;
  apiKey?: string | null;
  /** Of one request, all tries and waits together; default 10 minutes. */
  budgetMs?: number;
  /** Of one try; default 5 minutes. */
  timeoutMs?: number;
  /** Default 6. */
  maxTries?: number;
  /** Wait after the first failure, doubled after each; default half a second. */
  baseDelayMs?: number;
}

/** An answer other than success, of a kind that trying again does not change, or the last of the tries. */
export class OpenAiError extends Error {
  override name = "OpenAiError";
  /** HTTP status; null where no answer came. */
  readonly status: number | null;

  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

interface Failure {
  error: OpenAiError;
  /** How long the server asked to wait. */
  retryAfterMs: number;
}

const passing: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

/** Asks an OpenAI server, again where the failure may pass: within the budget, as long as it says to wait. */
export class OpenAiClient {
  readonly url: string;
  readonly #options: OpenAiClientOptions;

  constructor(options: OpenAiClientOptions) {
    this.url = options.url.replace(/\/+$/, "");
    this.#options = options;
  }

  /** JSON of a GET. */
  async get(path: string, signal?: AbortSignal): Promise<unknown> {
    return await this.#send(path, null, signal);
  }

  /** JSON answer to a POST of JSON. */
  async post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    return await this.#send(path, JSON.stringify(body), signal);
  }

  async #send(path: string, body: string | null, signal: AbortSignal | undefined): Promise<unknown> {
    const { budgetMs = 600_000, maxTries = 6, baseDelayMs = 500 } = this.#options;
    const end = performance.now() + budgetMs;
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const outcome = await this.#try(path, body, { leftMs: end - performance.now(), signal });
      if ("value" in outcome) return outcome.value;
      const { error, retryAfterMs } = outcome;
      const isPassing = error.status === null || passing.has(error.status);
      if (!isPassing) throw error;
      const waitMs = Math.max(retryAfterMs, baseDelayMs * 2 ** (tries - 1) * (0.75 + Math.random() / 2));
      if (tries >= maxTries || performance.now() + waitMs > end) {
        const spent =
          tries >= maxTries ? `${tries} tries` : `the time for it (${budgetMs / 1000} s) is spent`;
        throw new OpenAiError(`${error.message}; given up: ${spent}`, error.status, { cause: error });
      }
      await sleep(waitMs, signal);
    }
  }

  async #try(
    path: string,
    body: string | null,
    { leftMs, signal }: { leftMs: number; signal: AbortSignal | undefined },
  ): Promise<{ value: unknown } | Failure> {
    const { apiKey, timeoutMs = 300_000 } = this.#options;
    const limitMs = Math.ceil(Math.max(1, Math.min(timeoutMs, leftMs)));
    const timeout = AbortSignal.timeout(limitMs);
    const url = `${this.url}${path}`;
    try {
      const response = await httpRequest(url, {
        purpose: "evaluation",
        access: "any",
        method: body === null ? "GET" : "POST",
        headers: {
          "content-type": "application/json",
          ...(apiKey && { authorization: `Bearer ${apiKey}` }),
        },
        ...(body !== null && { body }),
        headersTimeoutMs: limitMs,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const text = await response.text();
      if (response.ok) return { value: parseAnswer(text, url) };
      const error = new OpenAiError(`${url} answered ${response.status}: ${why(text)}`, response.status);
      return { error, retryAfterMs: retryAfter(response.headers.get("retry-after")) };
    } catch (cause) {
      signal?.throwIfAborted();
      // Refused by the rules of this process, or no JSON: the same next time.
      if (cause instanceof OpenAiError || (cause instanceof Error && cause.name === "RefusedRequestError"))
        throw cause;
      const message = timeout.aborted
        ? `${url} gave no answer within ${Math.round(limitMs / 1000)} s`
        : cause instanceof Error
          ? cause.message
          : String(cause);
      return { error: new OpenAiError(message, null, { cause }), retryAfterMs: 0 };
    }
  }
}

function parseAnswer(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OpenAiError(`${url} answered no JSON: ${text.slice(0, 80)}; does it end in /v1?`, 200, {
      cause,
    });
  }
}

/** What an error body says, in a line. */
function why(text: string): string {
  let message: unknown = text;
  try {
    const body: unknown = JSON.parse(text);
    const error: unknown = Reflect.get(Object(body), "error");
    message = Reflect.get(Object(error), "message") ?? error ?? Reflect.get(Object(body), "message") ?? text;
  } catch {
    // Not JSON: the text itself says it.
  }
  const line = (typeof message === "string" ? message : JSON.stringify(message)).replace(/\s+/g, " ").trim();
  return line === "" ? "no reason given" : line.slice(0, 300);
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | null): number {
  if (value === null) return 0;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
