import { z } from "zod";
import type { ApiKey, Scope } from "../security/key-access.ts";
import type { ServerLimits } from "../security/server-limits.ts";
import { numberField } from "./number-field.ts";

/** A key that requests may come with; it owns what is made with it. */
export interface KeySettings {
  name: string;
  key: string;
  scopes?: Scope[] | undefined;
  models?: string[] | undefined;
  requests_per_minute?: number | undefined;
  tokens_per_day?: number | undefined;
}

/** `server.limits`; what is absent is as in `defaultLimits`. */
export interface LimitSettings {
  body_bytes?: number | undefined;
  upload_bytes?: number | undefined;
  concurrent?: number | undefined;
  concurrent_per_key?: number | undefined;
  requests_per_minute?: number | undefined;
  tokens_per_day?: number | undefined;
  headers_timeout_seconds?: number | undefined;
  request_timeout_seconds?: number | undefined;
  stall_timeout_seconds?: number | undefined;
  header_bytes?: number | undefined;
  connections?: number | undefined;
}

const count = numberField(z.int().min(1)).optional();
const seconds = numberField(z.number().min(0.1).max(86_400)).optional();
const name = z.string().min(1).max(200);

export const keySchema: z.ZodType<KeySettings> = z.strictObject({
  name,
  key: z.string().min(1, "A key has at least one character"),
  scopes: z
    .array(z.enum(["read", "write", "admin"]))
    .min(1)
    .optional(),
  models: z.array(name).min(1).optional(),
  requests_per_minute: count,
  tokens_per_day: count,
});

export const limitsSchema: z.ZodType<LimitSettings> = z.strictObject({
  body_bytes: count,
  upload_bytes: count,
  concurrent: count,
  concurrent_per_key: count,
  requests_per_minute: count,
  tokens_per_day: count,
  headers_timeout_seconds: seconds,
  request_timeout_seconds: seconds,
  stall_timeout_seconds: seconds,
  header_bytes: numberField(
    z
      .int()
      .min(1024)
      .max(2 ** 20),
  ).optional(),
  connections: count,
});

/** Keys of a configuration as the server takes them. */
export function toApiKeys(settings: readonly KeySettings[] = []): ApiKey[] {
  return settings.map(({ requests_per_minute, tokens_per_day, name, key, scopes, models }) => ({
    name,
    key,
    ...(scopes && { scopes }),
    ...(models && { models }),
    ...(requests_per_minute !== undefined && { requestsPerMinute: requests_per_minute }),
    ...(tokens_per_day !== undefined && { tokensPerDay: tokens_per_day }),
  }));
}

const limitFields: readonly [name: keyof LimitSettings, field: keyof ServerLimits, factor: number][] = [
  ["body_bytes", "bodyBytes", 1],
  ["upload_bytes", "uploadBytes", 1],
  ["concurrent", "concurrent", 1],
  ["concurrent_per_key", "concurrentPerKey", 1],
  ["requests_per_minute", "requestsPerMinute", 1],
  ["tokens_per_day", "tokensPerDay", 1],
  ["headers_timeout_seconds", "headersTimeoutMs", 1000],
  ["request_timeout_seconds", "requestTimeoutMs", 1000],
  ["stall_timeout_seconds", "stallTimeoutMs", 1000],
  ["header_bytes", "headerBytes", 1],
  ["connections", "connections", 1],
];

/** Limits of a configuration as the server takes them. */
export function toLimits(settings: LimitSettings = {}): Partial<ServerLimits> {
  return Object.fromEntries(
    limitFields.flatMap(([name, field, factor]) => {
      const value = settings[name];
      return value === undefined ? [] : [[field, Math.round(value * factor)]];
    }),
  );
}
