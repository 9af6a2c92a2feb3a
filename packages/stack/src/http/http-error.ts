import { ChatTemplateError, ContextOverflowError, GrammarError, QueueFullError } from "@llamero/core";
import type { ErrorBody, ErrorType } from "../api/errors.ts";

interface HttpErrorFields {
  type?: ErrorType;
  param?: string | null;
  code?: string | null;
  headers?: Readonly<Record<string, string>>;
}

/** A refusal with its HTTP status and OpenAI error body. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, fields: HttpErrorFields = {}) {
    super(message);
    const { type = "invalid_request_error", param = null, code = null, headers = {} } = fields;
    this.status = status;
    this.body = { error: { message, type, param, code } };
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
      headers: { "Retry-After": "1" },
    });
  }
  if (error instanceof GrammarError) {
    return new HttpError(400, error.message, { code: "unsupported_grammar" });
  }
  if (error instanceof ChatTemplateError) {
    return new HttpError(400, error.message, { param: "messages", code: "chat_template_error" });
  }
  return new HttpError(500, "The server failed to answer; its log says why", {
    type: "server_error",
    code: "internal_error",
  });
}
