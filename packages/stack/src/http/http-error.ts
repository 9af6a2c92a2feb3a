import {
  ChatTemplateError,
  ContextOverflowError,
  GrammarError,
  InsufficientMemoryError,
  QueueFullError,
  WorkerError,
} from "@llamero/core/errors";
import type { ErrorBody, ErrorType } from "../api/errors.ts";
import { StoreConflict, StoreCursorError } from "../store/store.ts";

interface HttpErrorFields {
  type?: ErrorType;
  param?: string | null;
  code?: string | null;
  headers?: Readonly<Record<string, string>>;
}

/** What a request repeats back must not be as long as it likes. */
const maxMessageLength = 900;

/** A refusal with its HTTP status and OpenAI error body. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, fields: HttpErrorFields = {}) {
    super(message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}...` : message);
    const { type = "invalid_request_error", param = null, code = null, headers = {} } = fields;
    this.status = status;
    this.body = { error: { message: this.message, type, param, code } };
    this.headers = headers;
  }
}

/** The one place that maps errors to HTTP. What is no fault of the request becomes a 500 without details. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ContextOverflowError) {
    return new HttpError(400, error.message, { param: "messages", code: "context_length_exceeded" });
  }
  if (error instanceof QueueFullError) {
    return new HttpError(429, error.message, {
      type: "rate_limit_error",
      code: "queue_full",
      headers: { "Retry-After": String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) },
    });
  }
  if (error instanceof ChatTemplateError) {
    return new HttpError(400, error.message, { param: "messages", code: "chat_template_error" });
  }
  if (error instanceof GrammarError) {
    return new HttpError(400, error.message, { code: "unsupported_grammar" });
  }
  if (error instanceof StoreCursorError) {
    return new HttpError(400, error.message, { param: "after", code: "invalid_value" });
  }
  if (error instanceof StoreConflict) {
    return new HttpError(409, `${error.message}; read it again and repeat`, { code: "conflict" });
  }
  if (error instanceof InsufficientMemoryError) return unavailable(error.message, "insufficient_memory");
  if (error instanceof WorkerError) {
    return error.code === "worker-lost"
      ? unavailable(error.message, "worker_lost")
      : new HttpError(500, error.message, { type: "server_error", code: "request_kills_worker" });
  }
  return new HttpError(500, "The server failed to answer; its log says why", {
    type: "server_error",
    code: "internal_error",
  });
}

function unavailable(message: string, code: string): HttpError {
  return new HttpError(503, message, { type: "server_error", code, headers: { "Retry-After": "30" } });
}
