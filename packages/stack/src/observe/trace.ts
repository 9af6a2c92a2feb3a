import { randomHex } from "./random-hex.ts";
import { currentScope, runUnder } from "./request-owner.ts";

/** Values of attributes that OpenTelemetry takes. */
export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Record<string, AttributeValue>;
export type SpanKind = "server" | "internal" | "client";
export type SpanStatus = "unset" | "ok" | "error";

/** One step of a trace. */
export interface Span {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly parentId: string | null;
  name: string;
  readonly kind: SpanKind;
  /** Milliseconds after the start of the trace. */
  readonly startMs: number;
  /** Null until it ends. */
  durationMs: number | null;
  status: SpanStatus;
  readonly attributes: Attributes;
}

/** The caller's place in a trace of its own, as `traceparent` says it. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  isSampled: boolean;
}

/** Spans of one trace at most; the rest are counted. */
export const maxSpans = 256;

/** Reads a W3C `traceparent` header; null for anything else. */
export function readTraceParent(header: string | string[] | undefined): TraceParent | null {
  const match =
    typeof header === "string" && header.length < 128
      ? /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(header.trim())
      : null;
  if (match === null) return null;
  const [, version, traceId, spanId, flags, rest] = match;
  const isOfVersion0 = version === "00" && rest === undefined;
  if (version === "ff" || (version === "00" && !isOfVersion0)) return null;
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return null;
  return { traceId: traceId!, spanId: spanId!, isSampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}

/** What happened while one request was answered. */
export class Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  readonly root: Span;
  readonly spans: Span[] = [];
  /** Milliseconds since 1970. */
  readonly startedAt: number = Date.now();
  readonly #start = performance.now();
  owner: string | null = null;
  numDropped = 0;

  constructor(name: string, kind: SpanKind, parent: TraceParent | null = null) {
    this.traceId = parent?.traceId ?? randomHex(16);
    this.root = this.#create(name, kind, parent?.spanId ?? null, {});
    this.spans.push(this.root);
  }

  /** No span is taken any more. */
  get isOver(): boolean {
    return this.root.durationMs !== null;
  }

  open(name: string, attributes: Attributes, options: { kind?: SpanKind; parentId?: string } = {}): Span {
    const span = this.#create(name, options.kind ?? "internal", options.parentId ?? this.root.id, attributes);
    this.#keep(span);
    return span;
  }

  /** Adds a span whose times are known. */
  add(name: string, parent: Span, startMs: number, durationMs: number): void {
    const span = this.#create(name, "internal", parent.id, {}, startMs);
    span.durationMs = durationMs;
    this.#keep(span);
  }

  close(span: Span, error?: unknown): void {
    if (span.durationMs !== null) return;
    span.durationMs = performance.now() - this.#start - span.startMs;
    if (error === undefined) return;
    span.status = "error";
    span.attributes["error.type"] = error instanceof Error ? error.name : "error";
  }

  #keep(span: Span): void {
    if (this.spans.length < maxSpans && !this.isOver) this.spans.push(span);
    else this.numDropped++;
  }

  #create(
    name: string,
    kind: SpanKind,
    parentId: string | null,
    attributes: Attributes,
    startMs: number = performance.now() - this.#start,
  ): Span {
    const id = randomHex(8);
    return { id, parentId, name, kind, startMs, durationMs: null, status: "unset", attributes };
  }
}

/** Runs a step of the request that is being answered as a span of its trace; without a request it just runs. */
export async function withSpan<T>(name: string, attributes: Attributes, run: () => Promise<T>): Promise<T> {
  const scope = currentScope();
  const trace = scope?.trace ?? null;
  if (scope === undefined || trace === null || trace.isOver) return run();
  const span = trace.open(name, attributes, { ...(scope.spanId !== null && { parentId: scope.spanId }) });
  try {
    const result = await runUnder(scope, span.id, run);
    trace.close(span);
    return result;
  } catch (error) {
    trace.close(span, error);
    throw error;
  }
}

/** Notes something about the request that is being answered, such as the id of its answer. */
export function annotate(attributes: Attributes): void {
  const trace = currentScope()?.trace;
  if (trace && !trace.isOver) Object.assign(trace.root.attributes, attributes);
}
