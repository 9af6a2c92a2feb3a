import type { TraceSpan } from "@llamero/stack/api/traces";

/** A span and its place: how deep it lies, and where its bar is within the trace, as shares. */
export interface PlacedSpan {
  span: TraceSpan;
  depth: number;
  from: number;
  width: number;
}

/** Spans in the order in which they are shown: each before its children, children by their start. */
export function placeSpans(spans: readonly TraceSpan[], durationMs: number): PlacedSpan[] {
  const known = new Set(spans.map(({ span_id }) => span_id));
  const children = new Map<string | null, TraceSpan[]>();
  for (const span of spans) {
    const parent =
      span.parent_span_id !== null && known.has(span.parent_span_id) ? span.parent_span_id : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const total = Math.max(durationMs, ...spans.map((span) => span.start_ms + span.duration_ms), 1e-6);
  const placed: PlacedSpan[] = [];
  const add = (parent: string | null, depth: number): void => {
    const list = children.get(parent) ?? [];
    for (const span of list.toSorted((a, b) => a.start_ms - b.start_ms)) {
      const from = Math.min(1, Math.max(0, span.start_ms / total));
      placed.push({ span, depth, from, width: Math.min(1 - from, span.duration_ms / total) });
      add(span.span_id, depth + 1);
    }
  };
  add(null, 0);
  return placed;
}

/** The query of a list: only filters that are set, and the place after which it goes on. */
export function toTraceQuery(
  filters: Readonly<Record<"model" | "route" | "status" | "id", string>>,
  after: string | null,
  limit: number,
): URLSearchParams {
  const { id, ...rest } = filters;
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(rest)) if (value !== "") query.set(name, value);
  // Ids of answers say what they are of.
  if (id !== "") query.set(/^(chatcmpl-|resp_|cmpl-)/.test(id) ? "response_id" : "request_id", id);
  if (after !== null) query.set("after", after);
  return query;
}
