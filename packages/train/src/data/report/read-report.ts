import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CurateReport } from "./build-report.ts";

/** The report of a finished run. */
export function readReport(folder: string): CurateReport {
  const path = join(folder, "report.json");
  if (!existsSync(path))
    throw new RangeError(`No report.json in ${folder}; a run writes it at its end, with llamero data curate`);
  return JSON.parse(readFileSync(path, "utf8")) as CurateReport;
}
