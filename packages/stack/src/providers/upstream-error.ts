import type { ErrorType } from "../api/errors.ts";
import { HttpError } from "../http/http-error.ts";

/** A failure of a provider: what to tell the client, and whether asking again, or another provider, may help. */
export class UpstreamError extends Error {
  override name = "UpstreamError";
  readonly answer: HttpError;
  readonly isPassing: boolean;
  /** Counts against the health of the provider. */
  readonly isFault: boolean;
  readonly retryAfterMs: number;

  constructor(
    answer: HttpError,
    options: { isPassing: boolean; isFault: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(answer.message, { cause: options.cause });
    this.answer = answer;
    this.isPassing = options.isPassing;
    this.isFault = options.isFault;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** Statuses of a provider that may pass. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const maxMessageLength = 500;

/** The text without any of the secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "[hidden]")), text);
}

/** Milliseconds that a Retry-After header asks for; 0 for none. */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number {
  if (header === undefined) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** What a failed answer says, in OpenAI's form or one of those that servers use instead. */
function readFields(text: string): { message: string; param: string | null; code: string | null } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { message: text.replace(/\s+/g, " ").trim(), param: null, code: null };
  }
  const first = Array.isArray(value) ? value[0] : value;
  const body = (first ?? {}) as Record<string, unknown>;
  const error = (typeof body["error"] === "object" ? body["error"] : null) as Record<string, unknown> | null;
  const texts = [error?.["message"], body["error"], body["message"], body["detail"], text];
  const { param, code } = error ?? {};
  return {
    message: texts.find((each): each is string => typeof each === "string") ?? "",
    param: typeof param === "string" ? param : null,
    code: typeof code === "string" ? code : null,
  };
}

export interface FailedAnswer {
  provider: string;
  status: number;
  text: string;
  retryAfter: string | undefined;
  secrets: readonly string[];
  /** Whether the key came with the request. */
  isClientKey: boolean;
}

/** OpenAI's error for a provider's answer other than success; names the provider and holds none of the secrets. */
export function toUpstreamError(failed: FailedAnswer): UpstreamError {
  const { provider, status, secrets } = failed;
  const fields = readFields(failed.text);
  const said = redact(fields.message, secrets).slice(0, maxMessageLength);
  const suffix = said === "" ? "" : `: ${said}`;
  const waitMs = retryAfterMs(failed.retryAfter);
  const flags = { isPassing: passing.has(status), isFault: status >= 500, retryAfterMs: waitMs };
  const answer = (code: number, what: string, type: ErrorType, fallback: string): UpstreamError =>
    new UpstreamError(
      new HttpError(code, `Provider ${provider} ${what}${suffix}`, {
        type,
        param: code < 500 && fields.param !== null ? redact(fields.param, secrets) : null,
        code: code < 500 && fields.code !== null ? redact(fields.code, secrets) : fallback,
        ...(waitMs > 0 && { headers: { "Retry-After": String(Math.ceil(waitMs / 1000)) } }),
      }),
      flags,
    );
  if (status === 401 || status === 403) {
    return failed.isClientKey
      ? answer(status, "refuses the key that came with the request", "authentication_error", "provider_key")
      : answer(502, `refuses the key of this server (${status})`, "server_error", "provider_key");
  }
  if (status === 429) return answer(429, "has had too many requests", "rate_limit_error", "provider_busy");
  if (status >= 400 && status < 500) {
    return answer(status, `refuses the request (${status})`, "invalid_request_error", "provider_refused");
  }
  const code = status === 503 || status === 504 ? status : 502;
  return answer(code, `failed (${status})`, "server_error", "provider_failed");
}

/** The error for a provider that did not answer, or stopped in the middle. */
export function toConnectionError(
  provider: string,
  error: unknown,
  secrets: readonly string[],
): UpstreamError {
  const isLate = error instanceof Error && error.name === "NoAnswerError";
  const isRefused = error instanceof Error && error.name === "RefusedRequestError";
  const reason = redact(error instanceof Error ? error.message : String(error), secrets);
  const answer = new HttpError(isLate ? 504 : 502, `Provider ${provider} cannot be reached: ${reason}`, {
    type: "server_error",
    code: isLate ? "provider_timeout" : "provider_unreachable",
  });
  return new UpstreamError(answer, { isPassing: !isRefused, isFault: !isRefused, cause: error });
}
