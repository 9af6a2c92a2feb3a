import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../data/output/atomic-file.ts";

/** A file with its content's name. */
export interface LineageFile {
  path: string;
  sha256: string;
}

/** `lineage.json`: what the results in a folder were made of. */
export interface LineageRecord {
  format: "llamero-lineage";
  version: 1;
  /** How they were made, such as sft, dpo or feedback. */
  made: string;
  model: { path: string; digest: string };
  tokenizer: string | null;
  /** Adapter that the model was served through. */
  adapter: string | null;
  data: readonly LineageFile[];
  outputs: readonly string[];
}

/** A file by its content. */
export function lineageFile(path: string): LineageFile {
  return { path, sha256: createHash("sha256").update(readFileSync(path)).digest("hex") };
}

/** Writes the record into a folder. */
export function writeLineageRecord(folder: string, record: Omit<LineageRecord, "format" | "version">): void {
  const value: LineageRecord = { format: "llamero-lineage", version: 1, ...record };
  writeAtomic(join(folder, "lineage.json"), `${JSON.stringify(value, null, 2)}\n`);
}

/** A JSON object of a folder; null where there is none, or something else. */
export function readJsonIn(folder: string, name: string): Readonly<Record<string, unknown>> | null {
  const path = join(folder, name);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // Another program's file of this name.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
