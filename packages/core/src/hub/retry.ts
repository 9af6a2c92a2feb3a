/** How often and how patiently to try again. */
export interface RetryPolicy {
  /** Tries in a row without a new byte. */
  attempts: number;
  /** Doubles with each failure. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** Without data for so long, a connection counts as dropped. */
  stallTimeoutMs: number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const defaultRetry: RetryPolicy = {
  attempts: 6,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
  stallTimeoutMs: 60_000,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted === true) stop();
    }),
};

/** An HTTP status that may pass: 408, 429, 5xx. */
export class TransientStatusError extends Error {
  override name = "TransientStatusError";
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** An HTTP status that will not pass: 401, 403, 404 and the like. */
export class HubError extends Error {
  override name = "HubError";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The error for an answer that is not a success, in words a user can act on. */
export async function statusError(response: Response, url: string): Promise<Error> {
  const { status } = response;
  await response.body?.cancel().catch(() => undefined);
  const place = new URL(url);
  const shown = `${place.origin}${place.pathname}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const name = status === 429 ? "429, too many requests" : String(status);
    return new TransientStatusError(
      `${shown} answered ${name}`,
      retryAfterMs(response.headers.get("retry-after")),
    );
  }
  if (status === 401 || status === 403) {
    return new HubError(
      `${shown} answered ${status}: the model is gated, private or does not exist; ` +
        "accept its license on its page and set HF_TOKEN to a token that may read it",
      status,
    );
  }
  if (status === 404)
    return new HubError(`${shown} does not exist (404); check the name and the revision`, status);
  return new HubError(`${shown} answered ${status}`, status);
}

function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** How long to wait before try number `failures + 1`. */
export function retryDelayMs(error: unknown, failures: number, policy: RetryPolicy): number {
  const backoff = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1));
  const asked = error instanceof TransientStatusError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(backoff, Math.min(asked, 10 * policy.maxDelayMs));
}

/** Runs `work` again while it fails for reasons that may pass. */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  isFinal: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (isFinal(error) || failures >= policy.attempts) throw error;
      await policy.sleep(retryDelayMs(error, failures, policy), signal);
    }
  }
}
