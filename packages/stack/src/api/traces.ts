import { z } from "zod";
import { type Page, type PageQuery, pageFields, pageSchema } from "./paging.ts";

/** One step of a trace; attributes have the names of OpenTelemetry's conventions for generative AI. */
export interface TraceSpan {
  span_id: string;
  /** Null for the first span, unless the request came with a `traceparent`. */
  parent_span_id: string | null;
  name: string;
  kind: "server" | "internal" | "client";
  /** Milliseconds after the start of the trace. */
  start_ms: number;
  duration_ms: number;
  status: "unset" | "ok" | "error";
  attributes: Record<string, string | number | boolean | string[]>;
}

/** What a list says of a trace. */
export interface TraceSummary {
  id: string;
  object: "trace";
  /** 32 hexadecimal digits; of the caller's trace, if it named one. */
  trace_id: string;
  /** Seconds since 1970. */
  created_at: number;
  duration_ms: number;
  name: string;
  method: string | null;
  /** As it is defined, such as `/v1/files/{file_id}`. */
  route: string | null;
  /** HTTP status; 499 where the client left before there was one. */
  status_code: number | null;
  status: "ok" | "error";
  request_id: string | null;
  /** Id of the stored or sent answer. */
  response_id: string | null;
  /** The model that was asked first. */
  model: string | null;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  time_to_first_token_ms: number | null;
  num_spans: number;
}

/** A whole trace. */
export interface TraceObject extends TraceSummary {
  spans: TraceSpan[];
  /** Spans beyond the most that a trace takes. */
  num_dropped_spans: number;
}

/** Which traces a list shows. */
export interface TraceQuery extends PageQuery {
  model?: string | undefined;
  route?: string | undefined;
  status?: "ok" | "error" | undefined;
  status_code?: number | undefined;
  request_id?: string | undefined;
  response_id?: string | undefined;
  trace_id?: string | undefined;
}

const spanSchema: z.ZodType<TraceSpan> = z.strictObject({
  span_id: z.string(),
  parent_span_id: z.string().nullable(),
  name: z.string(),
  kind: z.enum(["server", "internal", "client"]),
  start_ms: z.number(),
  duration_ms: z.number(),
  status: z.enum(["unset", "ok", "error"]),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
});

const summaryFields = {
  id: z.string(),
  object: z.literal("trace"),
  trace_id: z.string(),
  created_at: z.int(),
  duration_ms: z.number(),
  name: z.string(),
  method: z.string().nullable(),
  route: z.string().nullable(),
  status_code: z.int().nullable(),
  status: z.enum(["ok", "error"]),
  request_id: z.string().nullable(),
  response_id: z.string().nullable(),
  model: z.string().nullable(),
  input_tokens: z.int(),
  cached_tokens: z.int(),
  output_tokens: z.int(),
  time_to_first_token_ms: z.number().nullable(),
  num_spans: z.int(),
} as const;

const text = z.string().min(1).max(256).optional();

export const traceListSchema: z.ZodType<Page<TraceSummary>> = pageSchema(z.strictObject(summaryFields));

export const traceSchema: z.ZodType<TraceObject> = z.strictObject({
  ...summaryFields,
  spans: z.array(spanSchema),
  num_dropped_spans: z.int(),
});

export const traceQuerySchema: z.ZodType<TraceQuery> = z.strictObject({
  ...pageFields,
  model: text,
  route: text,
  status: z.enum(["ok", "error"]).optional(),
  status_code: z.int().min(100).max(599).optional(),
  request_id: text,
  response_id: text,
  trace_id: text,
});
