import type { Exchange } from "../http/exchange.ts";
import { requestIdOf } from "../security/prepare-answer.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { readTraceParent, type Trace } from "./trace.ts";
import type { Traces } from "./traces.ts";

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

/** Counts each request when its answer is over, tells of it and traces it. */
export function observeRequests(
  metrics: ServerMetrics,
  traces: Traces,
  onRequest: ((record: RequestRecord) => void) | undefined,
): (exchange: Exchange) => void {
  return (exchange) => {
    const start = performance.now();
    const { incoming, outgoing, path } = exchange;
    const method = incoming.method ?? "";
    metrics.open.add(outgoing);
    const trace = isTraced(path)
      ? traces.begin(method, "server", readTraceParent(incoming.headers.traceparent))
      : null;
    exchange.trace = trace;
    const done = (): void => {
      if (!metrics.open.delete(outgoing)) return;
      const record: RequestRecord = {
        method,
        route: exchange.pattern ?? "(other)",
        status: outgoing.headersSent ? outgoing.statusCode : 499,
        ms: Math.round((performance.now() - start) * 10) / 10,
        complete: outgoing.writableFinished,
        owner: exchange.owner,
        requestId: requestIdOf(outgoing),
      };
      metrics.record(record);
      onRequest?.(record);
      if (trace !== null) endTrace(traces, trace, record);
    };
    if (outgoing.destroyed) done();
    else outgoing.once("close", done);
  };
}

/** Those who look at traces and at the state of the server would see mostly themselves. */
function isTraced(path: string): boolean {
  return path.startsWith("/v1") && !/^\/v1(\/health|\/version|alpha\/traces(\/|$)|alpha\/admin\/)/.test(path);
}

function endTrace(traces: Traces, trace: Trace, record: RequestRecord): void {
  const { root } = trace;
  const { method, route, status, owner, complete, requestId } = record;
  // Whose address is unknown has done nothing.
  if (route === "(other)") return;
  trace.owner = owner;
  root.name = `${method} ${route}`;
  Object.assign(root.attributes, {
    "http.request.method": method,
    "http.route": route,
    "http.response.status_code": status,
    ...(requestId !== null && { "llamero.request_id": requestId }),
    ...(!complete && { "llamero.client_left": true }),
  });
  if (status >= 400) {
    root.status = "error";
    root.attributes["error.type"] = String(status);
  }
  traces.end(trace);
}

/** A record as one line of JSON. */
export function requestLine({ requestId, ...record }: RequestRecord, time: Date = new Date()): string {
  return `${JSON.stringify({ time: time.toISOString(), event: "request", ...record, request_id: requestId })}\n`;
}
