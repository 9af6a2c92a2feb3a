import { createHash } from "node:crypto";
import type { Json } from "../document.ts";
import type { Stage } from "../stage.ts";
import type { CurateConfig } from "./config.ts";

/** Everything that decides what a run writes; a run is only continued with the same. */
export type Settings = Readonly<Record<string, Json>>;

/** The settings of a run. The number of workers is none. */
export function settingsOf(config: CurateConfig, stages: readonly Stage[], limit: number | null): Settings {
  const { sources, mix, output, limits } = config;
  return {
    version: 1,
    sources: sources as unknown as Json,
    stages: stages.map(({ name, version, options }) => ({ name, version, options })),
    mix: mix as unknown as Json,
    output: {
      format: output.format,
      shardBytes: output.shardBytes,
      checkpointBytes: output.checkpointBytes,
    },
    limits: limits as unknown as Json,
    limit,
  };
}

/** SHA-256 of a value as JSON with sorted names. */
export function hashOf(value: Json): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** Where two settings differ first, as a path such as `stages[1].options.threshold`; null where they do not. */
export function findDifference(before: Json | undefined, now: Json | undefined, path = ""): string | null {
  if (before === undefined || now === undefined) return before === now ? null : path;
  if (isTable(before) && isTable(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
      const found = findDifference(before[key], now[key], path === "" ? key : `${path}.${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  if (Array.isArray(before) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(before.length, now.length); i++) {
      const found = findDifference(
        before[i] as Json | undefined,
        now[i] as Json | undefined,
        `${path}[${i}]`,
      );
      if (found !== null) return found;
    }
    return null;
  }
  return canonical(before) === canonical(now) ? null : path;
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isTable(value)) return JSON.stringify(value);
  const parts = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`);
  return `{${parts.join(",")}}`;
}

function isTable(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
