import { z } from "zod";
import type { TraceLimits } from "../observe/traces.ts";
import { numberField } from "./number-field.ts";

/** `traces`; what is absent is as in `defaultTraceLimits`. */
export interface TraceSettings {
  /** Traces at most; 0 keeps none. */
  keep?: number | undefined;
  days?: number | undefined;
  megabytes?: number | undefined;
  /** Whether what was asked and answered is in them. */
  content?: boolean | undefined;
  /** OpenTelemetry collector, such as http://127.0.0.1:4318. */
  otlp_endpoint?: string | undefined;
}

export const tracesSchema: z.ZodType<TraceSettings> = z.strictObject({
  keep: numberField(z.int().min(0).max(1_000_000)).optional(),
  days: numberField(z.number().min(0.001).max(3650)).optional(),
  megabytes: numberField(z.number().min(0.1).max(100_000)).optional(),
  content: z.boolean().optional(),
  otlp_endpoint: z.url({ protocol: /^https?$/ }).optional(),
});

/** Limits of traces of a configuration as the server takes them. */
export function toTraceLimits(settings: TraceSettings = {}): Partial<TraceLimits> {
  const { keep, days, megabytes, content } = settings;
  return {
    ...(keep !== undefined && { maxTraces: keep }),
    ...(days !== undefined && { maxAgeMs: days * 86_400_000 }),
    ...(megabytes !== undefined && { maxBytes: megabytes * 2 ** 20 }),
    ...(content !== undefined && { content }),
  };
}
