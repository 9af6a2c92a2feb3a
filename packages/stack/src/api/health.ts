import { z } from "zod";

/** Something that runs worse than asked for, or not as asked. */
export interface DegradationEntry {
  what: string;
  wanted: string;
  used: string;
  why: string;
}

/** The worker process of a model; `unloaded` until a request needs it. */
export interface WorkerHealth {
  state: "unloaded" | "loading" | "ready" | "restarting" | "failed" | "closed";
  pid: number | null;
  restarts: number;
  last_death: string | null;
}

/** State of one model; null where the model does not say. */
export interface ModelHealth {
  model: string;
  backend: string | null;
  mode: string | null;
  threads: number | null;
  context_length: number;
  running: number | null;
  waiting: number | null;
  degraded: DegradationEntry[];
  /** Null for a model in the server's own process. */
  worker: WorkerHealth | null;
}

/** Llama Stack's words for `/v1/health`; `/health` says ok and draining. */
export type HealthStatus = "OK" | "Error" | "ok" | "draining";

/** What a client without a key learns. */
export interface HealthInfo {
  status: HealthStatus;
}

/** Answer of `GET /v1/health`: the first model, and all of them. */
export interface Health extends HealthInfo {
  model: string;
  backend: string | null;
  mode: string | null;
  degraded: DegradationEntry[];
  models: ModelHealth[];
}

export const degradationSchema: z.ZodType<DegradationEntry> = z.strictObject({
  what: z.string(),
  wanted: z.string(),
  used: z.string(),
  why: z.string(),
});

const workerHealthSchema = z.strictObject({
  state: z.enum(["unloaded", "loading", "ready", "restarting", "failed", "closed"]),
  pid: z.int().nullable(),
  restarts: z.int(),
  last_death: z.string().nullable(),
});

const modelHealthSchema = z.strictObject({
  model: z.string(),
  backend: z.string().nullable(),
  mode: z.string().nullable(),
  threads: z.int().nullable(),
  context_length: z.int(),
  running: z.int().nullable(),
  waiting: z.int().nullable(),
  degraded: z.array(degradationSchema),
  worker: workerHealthSchema.nullable(),
});

const status = z.enum(["OK", "Error", "ok", "draining"]);

export const healthInfoSchema: z.ZodType<HealthInfo> = z.strictObject({ status });

export const healthSchema: z.ZodType<Health> = z.strictObject({
  status,
  model: z.string(),
  backend: z.string().nullable(),
  mode: z.string().nullable(),
  degraded: z.array(degradationSchema),
  models: z.array(modelHealthSchema),
});

export const healthAnswerSchema: z.ZodType<Health | HealthInfo> = z.union([healthSchema, healthInfoSchema]);
