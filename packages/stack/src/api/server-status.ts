import { z } from "zod";
import { type DegradationEntry, degradationSchema } from "./health.ts";

/** What one model of a running server is at; null where it is not known. */
export interface ModelStatus {
  model: string;
  /** `inline` for a model in the server's own process. */
  state: "inline" | "unloaded" | "loading" | "ready" | "restarting" | "failed" | "closed";
  pid: number | null;
  /** Resident memory of its process. */
  memory_bytes: number | null;
  running: number | null;
  waiting: number | null;
  kv_blocks: number | null;
  kv_blocks_used: number | null;
  /** Seconds until the idle model is unloaded. */
  unloads_in_seconds: number | null;
  degraded: DegradationEntry[];
}

/** What a running server is at. */
export interface ServerStatus {
  status: "ok" | "draining";
  version: string;
  pid: number;
  uptime_seconds: number;
  memory_bytes: number;
  open_requests: number;
  open_streams: number;
  models: ModelStatus[];
  /** Ids of remote providers. */
  providers: string[];
}

const nullableInt = z.int().nullable();

export const serverStatusSchema: z.ZodType<ServerStatus> = z.strictObject({
  status: z.enum(["ok", "draining"]),
  version: z.string(),
  pid: z.int(),
  uptime_seconds: z.number(),
  memory_bytes: z.int(),
  open_requests: z.int(),
  open_streams: z.int(),
  models: z.array(
    z.strictObject({
      model: z.string(),
      state: z.enum(["inline", "unloaded", "loading", "ready", "restarting", "failed", "closed"]),
      pid: nullableInt,
      memory_bytes: nullableInt,
      running: nullableInt,
      waiting: nullableInt,
      kv_blocks: nullableInt,
      kv_blocks_used: nullableInt,
      unloads_in_seconds: z.number().nullable(),
      degraded: z.array(degradationSchema),
    }),
  ),
  providers: z.array(z.string()),
});
