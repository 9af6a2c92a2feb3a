import { readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { EvalReport, Sample, TaskResult } from "./result.ts";

/** Where the samples of a report are: beside it. */
export function samplesPath(reportPath: string): string {
  return `${reportPath.replace(/\.json$/, "")}.samples.jsonl`;
}

/** Writes a report and its samples; a reader sees both whole or, before the rename, the old ones. */
export async function writeReport(
  path: string,
  results: readonly TaskResult[],
  samples: readonly Sample[],
): Promise<void> {
  const report: EvalReport = { format: "llamero-eval", formatVersion: 1, results };
  await writeWhole(samplesPath(path), samples.map((each) => `${JSON.stringify(each)}\n`).join(""));
  await writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Reads a report. Throws SyntaxError for what is none. */
export function readReport(path: string): EvalReport {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new SyntaxError(`${path} is no report: ${cause.message}`, { cause });
  }
  const isReport =
    typeof value === "object" && value !== null && Reflect.get(value, "format") === "llamero-eval";
  if (!isReport) throw new SyntaxError(`${path} is no report of llamero eval run`);
  const version: unknown = Reflect.get(value as object, "formatVersion");
  if (version !== 1)
    throw new SyntaxError(`${path} is a report of version ${String(version)}; this reads version 1`);
  return value as EvalReport;
}

/** Reads the samples beside a report, in order. */
export function readSamples(reportPath: string): Sample[] {
  const path = samplesPath(reportPath);
  const lines = readFileSync(path, "utf8").split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line, at) => {
      try {
        return JSON.parse(line) as Sample;
      } catch (cause) {
        throw new SyntaxError(`${path}, line ${at + 1}: not valid JSON`, { cause });
      }
    });
}
