import type { MiddlewareHandler } from "hono";
import type { Env } from "../http/env.ts";
import { requestIdOf } from "../security/prepare-answer.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** What is told of one request: nothing of what it says, no key, no id of an object. */
export interface RequestRecord {
  method: string;
  /** As it is defined, such as `/v1/files/{file_id}`; `(other)` for pages and unknown addresses. */
  route: string;
  /** 499 where the client left before there was one. */
  status: number;
  /** Until the answer was over. */
  ms: number;
  /** False where the client left before the end. */
  complete: boolean;
  /** Name of the key; null without a valid one. */
  owner: string | null;
  requestId: string | null;
}

/** Counts each request when its answer is over, and tells of it. */
export function observeRequests(
  metrics: ServerMetrics,
  onRequest: ((record: RequestRecord) => void) | undefined,
): MiddlewareHandler<Env> {
  return async (c, next) => {
    const start = performance.now();
    const { outgoing } = c.env;
    metrics.open.add(outgoing);
    const done = (): void => {
      if (!metrics.open.delete(outgoing)) return;
      const record: RequestRecord = {
        method: c.req.method,
        route: c.var.pattern ?? "(other)",
        status: outgoing.headersSent ? outgoing.statusCode : 499,
        ms: Math.round((performance.now() - start) * 10) / 10,
        complete: outgoing.writableFinished,
        owner: c.var.owner ?? null,
        requestId: requestIdOf(outgoing),
      };
      metrics.record(record);
      onRequest?.(record);
    };
    if (outgoing.destroyed) done();
    else outgoing.once("close", done);
    await next();
  };
}

/** A record as one line of JSON. */
export function requestLine({ requestId, ...record }: RequestRecord, time: Date = new Date()): string {
  return `${JSON.stringify({ time: time.toISOString(), event: "request", ...record, request_id: requestId })}\n`;
}
