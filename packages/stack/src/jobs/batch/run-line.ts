import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { QueueFullError } from "@llamero/core/errors";
import type { BatchUsage } from "../../api/batches.ts";
import type { Json } from "../../api/json.ts";
import { toHttpError } from "../../http/http-error.ts";
import type { RouteServices } from "../../routes/services.ts";
import { newId } from "../../routes/stored-objects.ts";
import { callRoute, type RouteCall } from "../call-route.ts";
import type { BatchLine } from "./read-lines.ts";

const queueFullWaitMs = 250;

/** What became of a line. */
export interface LineResult {
  isCompleted: boolean;
  /** Line of the output or error file. */
  record: { [key: string]: Json };
  body: Json;
}

/** Answers one line; only an abort makes it throw. */
export async function runLine(
  services: RouteServices,
  line: BatchLine,
  call: Omit<RouteCall, "body">,
): Promise<LineResult> {
  let status = 200;
  let body: Json;
  let error: Json = null;
  try {
    body = await whenThereIsRoom(() => callRoute(services, { ...call, body: line.body }), call.signal);
  } catch (cause) {
    call.signal.throwIfAborted();
    if (services.ended.aborted) throw cause;
    const mapped = toHttpError(cause);
    if (mapped.status === 500) services.onError(cause);
    status = mapped.status;
    body = mapped.body as unknown as Json;
    const { code, type, message } = mapped.body.error;
    error = { code: code ?? type, message };
  }
  const response = { status_code: status, request_id: randomUUID(), body };
  const record = { id: newId("batch_req_"), custom_id: line.customId, response, error };
  return { isCompleted: status === 200, record, body };
}

/** The record of a line that was not run before its batch expired. */
export function expiredLine({ customId }: BatchLine): LineResult["record"] {
  const message = "This request could not be executed before the completion window expired.";
  return {
    id: newId("batch_req_"),
    custom_id: customId,
    response: null,
    error: { code: "batch_expired", message },
  };
}

/** A full queue is no reason to fail what waits anyway. */
async function whenThereIsRoom<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error;
    }
    await setTimeout(queueFullWaitMs, undefined, { signal });
  }
}

/** Numbers of an answer's `usage`, under OpenAI's older and newer names. */
interface AnswerUsage {
  input_tokens?: number;
  prompt_tokens?: number;
  output_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  input_tokens_details?: { cached_tokens?: number } | null;
  prompt_tokens_details?: { cached_tokens?: number } | null;
}

/** Adds what an answer has used. */
export function addUsage(total: BatchUsage, body: Json): void {
  const usage = (body as { usage?: AnswerUsage | null } | null)?.usage;
  if (usage == null) return;
  const input = usage.input_tokens ?? usage.prompt_tokens ?? 0;
  const output = usage.output_tokens ?? usage.completion_tokens ?? 0;
  const details = usage.input_tokens_details ?? usage.prompt_tokens_details;
  total.input_tokens += input;
  total.output_tokens += output;
  total.total_tokens += usage.total_tokens ?? input + output;
  total.input_tokens_details.cached_tokens += details?.cached_tokens ?? 0;
}
