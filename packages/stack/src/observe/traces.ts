import type { Json } from "../api/json.ts";
import type { TraceObject } from "../api/traces.ts";
import { newId } from "../routes/stored-objects.ts";
import type { Store, StoreWrite } from "../store/store.ts";
import { type Attributes, type SpanKind, Trace, type TraceParent } from "./trace.ts";

/** How many traces are kept, and what of them. */
export interface TraceLimits {
  maxTraces: number;
  maxAgeMs: number;
  maxBytes: number;
  /** Whether what was asked and answered is in them; by default it is not. */
  content: boolean;
}

export const defaultTraceLimits: Readonly<TraceLimits> = {
  maxTraces: 10_000,
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 64 * 2 ** 20,
  content: false,
};

/** Takes traces that are over. */
export type TraceSink = (trace: Trace) => void;

const flushMs = 50;
/** Of one write: what makes them ready takes the time of requests, and no request's write waits long behind it. */
const groupSize = 10;
/** Waiting for the next flush, so 200 a second: nobody reads more, and the store has better things to keep. */
const maxWaiting = groupSize;
/** The same with those whose requests failed, which somebody may look for. */
const maxWithFailed = 2 * groupSize;

interface Kept {
  id: string;
  owner: string;
  at: number;
  sizeBytes: number;
}

/** Keeps traces in a store, beside the path of requests: what the store cannot take in time is lost and counted. */
export class Traces {
  readonly limits: TraceLimits;
  readonly #store: Store;
  readonly #exports: readonly TraceSink[];
  #waiting: { trace: Trace; owner: string }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();
  /** Oldest first; null until what an earlier process left is read. */
  #kept: Kept[] | null = null;
  #keptBytes = 0;
  numStored = 0;
  numLost = 0;

  constructor(store: Store, limits: Partial<TraceLimits> = {}, exports: readonly TraceSink[] = []) {
    this.#store = store;
    this.limits = { ...defaultTraceLimits, ...limits };
    this.#exports = exports;
  }

  begin(name: string, kind: SpanKind, parent: TraceParent | null = null): Trace {
    return new Trace(name, kind, parent);
  }

  /** Ends a trace and takes it; one without an owner is only exported. */
  end(trace: Trace, error?: unknown): void {
    if (trace.isOver) return;
    for (const span of trace.spans) if (span !== trace.root) trace.close(span);
    trace.close(trace.root, error);
    for (const sink of this.#exports) sink(trace);
    if (trace.owner === null || this.limits.maxTraces === 0) return;
    if (this.#waiting.length >= (trace.root.status === "error" ? maxWithFailed : maxWaiting)) {
      this.numLost++;
      return;
    }
    this.#waiting.push({ trace, owner: trace.owner });
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, flushMs).unref();
  }

  /** Resolves when all that have ended are kept or lost. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushAll());
    return this.#flushing;
  }

  async #flushAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += groupSize) {
      const group = waiting.slice(at, at + groupSize);
      try {
        this.#kept ??= await this.#readKept();
        await this.#store.write(...group.map((each) => this.#put(each)), ...this.#removals());
        this.numStored += group.length;
      } catch {
        // A store that is busy or closed has better things to keep.
        this.numLost += group.length;
      }
    }
  }

  #put({ trace, owner }: { trace: Trace; owner: string }): StoreWrite {
    const value = toTraceObject(trace);
    const { id } = value;
    const sizeBytes = JSON.stringify(value).length;
    this.#kept!.push({ id, owner, at: Date.now(), sizeBytes });
    this.#keptBytes += sizeBytes;
    return { write: "put", kind: "trace", id, owner, value: value as unknown as Json };
  }

  #removals(): StoreWrite[] {
    const { maxTraces, maxAgeMs, maxBytes } = this.limits;
    const kept = this.#kept!;
    const oldest = Date.now() - maxAgeMs;
    let count = 0;
    while (
      count < kept.length &&
      count < 4 * groupSize &&
      (kept.length - count > maxTraces || this.#keptBytes > maxBytes || kept[count]!.at < oldest)
    )
      this.#keptBytes -= kept[count++]!.sizeBytes;
    return kept.splice(0, count).map(({ id, owner }) => ({ write: "delete", kind: "trace", id, owner }));
  }

  async #readKept(): Promise<Kept[]> {
    const kept: Kept[] = [];
    for (;;) {
      const after = kept.at(-1)?.id;
      const page = await this.#store.list("trace", {
        owner: null,
        limit: 500,
        order: "asc",
        ...(after !== undefined && { after }),
      });
      for (const { id, owner, createdAt, value } of page.items) {
        const sizeBytes = JSON.stringify(value).length;
        kept.push({ id, owner, at: createdAt, sizeBytes });
        this.#keptBytes += sizeBytes;
      }
      if (!page.hasMore) return kept;
    }
  }
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
const textOf = (attributes: Attributes, name: string): string | null => {
  const value = attributes[name];
  return typeof value === "string" ? value : null;
};

/** A trace as it is kept and shown. */
export function toTraceObject(trace: Trace): TraceObject {
  const { root, spans } = trace;
  const calls = spans.filter(({ attributes }) => attributes["gen_ai.request.model"] !== undefined);
  const sum = (name: string): number =>
    calls.reduce((total, { attributes }) => total + (Number(attributes[name]) || 0), 0);
  const status = root.attributes["http.response.status_code"];
  const first = calls[0]?.attributes["llamero.time_to_first_token_ms"];
  return {
    id: newId("trace_"),
    object: "trace",
    trace_id: trace.traceId,
    created_at: Math.floor(trace.startedAt / 1000),
    duration_ms: round(root.durationMs ?? 0),
    name: root.name,
    method: textOf(root.attributes, "http.request.method"),
    route: textOf(root.attributes, "http.route"),
    status_code: typeof status === "number" ? status : null,
    status: spans.some((span) => span.status === "error") ? "error" : "ok",
    request_id: textOf(root.attributes, "llamero.request_id"),
    response_id: textOf(root.attributes, "gen_ai.response.id"),
    model: calls[0] === undefined ? null : textOf(calls[0].attributes, "gen_ai.request.model"),
    input_tokens: sum("gen_ai.usage.input_tokens"),
    cached_tokens: sum("gen_ai.usage.cache_read.input_tokens"),
    output_tokens: sum("gen_ai.usage.output_tokens"),
    time_to_first_token_ms: typeof first === "number" ? round(first) : null,
    num_spans: spans.length,
    spans: spans.map((span) => ({
      span_id: span.id,
      parent_span_id: span.parentId,
      name: span.name,
      kind: span.kind,
      start_ms: round(span.startMs),
      duration_ms: round(span.durationMs ?? 0),
      status: span.status,
      attributes: Object.fromEntries(
        Object.entries(span.attributes).map(([name, value]) => [
          name,
          typeof value === "object" ? [...value] : value,
        ]),
      ),
    })),
    num_dropped_spans: trace.numDropped,
  };
}
