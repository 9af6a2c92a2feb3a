import type { EndReason } from "./types.ts";

/** A request as a child reads it: one line of JSON on its standard input. */
export interface ChildRequest {
  id: string;
  code: string;
  stdin: string;
  files: Readonly<Record<string, string>>;
  seconds: number;
  megabytes: number;
  outputBytes: number;
}

/** What a child says: one line of JSON each on its standard output. */
export type Frame =
  | { kind: "ready" }
  | { kind: "output"; stream: 1 | 2; text: string }
  | { kind: "result"; id: string; reason: EndReason; value?: string; exitCode?: number; isSpent: boolean };

const reasons: ReadonlySet<unknown> = new Set(["done", "error", "time", "memory", "output"]);

/** Reads a line of a child, which may have been taken over: null for anything that is no frame. */
export function parseFrame(line: string): Frame | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { kind, stream, text, id, reason, value, exitCode, isSpent } = parsed as Record<string, unknown>;
  switch (kind) {
    case "ready":
      return { kind };
    case "output":
      return (stream === 1 || stream === 2) && typeof text === "string" ? { kind, stream, text } : null;
    case "result":
      if (typeof id !== "string" || !reasons.has(reason)) return null;
      return {
        kind,
        id,
        reason: reason as EndReason,
        ...(typeof value === "string" && { value }),
        ...(Number.isInteger(exitCode) && { exitCode: exitCode as number }),
        isSpent: isSpent !== false,
      };
    default:
      return null;
  }
}
