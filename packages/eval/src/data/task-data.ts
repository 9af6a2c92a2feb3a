import { createHash } from "node:crypto";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { GenerateOptions, Row, Source, Task } from "../task.ts";
import { findFiles } from "./find-files.ts";
import { MissingDataError } from "./missing-data-error.ts";
import { readRecords } from "./read-records.ts";

/** The records of a set that an evaluation needs. */
export interface TaskData {
  test: readonly Row[];
  /** Null where shots come from the scored records themselves. */
  shots: readonly Row[] | null;
  /** Digest of all of it. */
  digest: string;
}

/** Where data sets are looked for unless the user says otherwise. */
export function dataFolder(home: string = homeFolder()): string {
  return join(home, "eval");
}

/** Whether the records that are scored are there. */
export function hasData({ source }: Pick<Task, "source">, folder: string): boolean {
  return (
    source.test in source.splits &&
    findFiles(source.folder ?? folder, patternsOf(source, source.test)).length > 0
  );
}

/** Reads or makes what a task scores and, where shots are wanted, what they are taken from. Throws MissingDataError. */
export async function readTaskData(
  { name, source }: Pick<Task, "name" | "source">,
  folder: string,
  { needsShots = true, generate = {} }: { needsShots?: boolean; generate?: GenerateOptions } = {},
): Promise<TaskData> {
  if (source.generate !== undefined && !hasData({ source }, folder))
    return taskData(source.generate(generate));
  const test = await readSplit(source, source.test, folder);
  if (test.length === 0) {
    throw new RangeError(
      `The ${source.test} split of ${name} has no records: ${patternsOf(source, source.test).join(", ")} in ${folder}`,
    );
  }
  const hasOwnShots = needsShots && source.shots !== undefined && source.shots !== source.test;
  const shots = hasOwnShots ? await readSplit(source, source.shots!, folder) : null;
  return taskData(test, shots);
}

/** Data from records that are there already. */
export function taskData(test: readonly Row[], shots: readonly Row[] | null = null): TaskData {
  const hash = createHash("sha256");
  for (const row of test) hash.update(`${JSON.stringify(row)}\n`);
  hash.update("shots\n");
  for (const row of shots ?? []) hash.update(`${JSON.stringify(row)}\n`);
  return { test, shots, digest: hash.digest("hex") };
}

function patternsOf(source: Source, split: string): readonly string[] {
  const patterns = source.splits[split];
  if (patterns !== undefined) return patterns;
  throw new RangeError(`There is no split ${split}; there are ${Object.keys(source.splits).join(", ")}`);
}

async function readSplit(source: Source, split: string, folder: string): Promise<Row[]> {
  const rows = await readFiles(source, folder, patternsOf(source, split));
  if (source.join === undefined) return rows;
  const { on, files } = source.join;
  const others = new Map<unknown, Row>();
  for (const row of await readFiles(source, folder, files)) {
    // The joined file's own place is no part of the record.
    const { _file: _, ...fields } = row;
    others.set(row[on], fields);
  }
  return rows.map((row) => {
    const other = others.get(row[on]);
    if (other !== undefined) return { ...row, ...other };
    throw new SyntaxError(`No record of ${files.join(", ")} has ${on} ${JSON.stringify(row[on])}`);
  });
}

async function readFiles(source: Source, dataFolder: string, patterns: readonly string[]): Promise<Row[]> {
  const folder = source.folder ?? dataFolder;
  const files = findFiles(folder, patterns);
  if (files.length === 0) throw new MissingDataError(source, { folder, patterns });
  const rows: Row[] = [];
  for (const file of files) for (const row of await readRecords(folder, file, source)) rows.push(row);
  return rows;
}
