import { createHash } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import {
  dataFolder,
  HashTable,
  hasData,
  hashesOfWords,
  normalWords,
  readTaskData,
  type Source,
  tasks,
} from "@llamero/eval";
import type { Json, Verdict } from "../document.ts";
import { numberOption, refuseUnknown } from "../pipeline/options.ts";
import { listFiles } from "../readers/list-files.ts";
import type { MapStage } from "../stage.ts";

/** Items of fewer words than a run are looked for as a whole, down to this many words. */
const MIN_WORDS = 8;
/** Signs of a script without spaces, which count as words, that say as much as a word. */
const SIGNS_PER_WORD = 4;
const UNSPACED = /^[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]/;

/**
 * Options: `tasks`, names of evaluation sets, or "all" for every set whose data is in `data` (default: the folder of
 * `llamero eval`); `files`, further files of JSON lines, Parquet or text; `n` (13); `threshold` (1), the runs of n words
 * shared with an item that drop a text.
 */
export async function createDecontaminate(
  written: Readonly<Record<string, Json>>,
  context: { folder: string },
): Promise<MapStage> {
  refuseUnknown("decontaminate", written, ["tasks", "files", "data", "n", "threshold"]);
  const n = numberOption("decontaminate", written, "n", 13);
  const threshold = numberOption("decontaminate", written, "threshold", 1);
  if (!Number.isInteger(n) || n < 2)
    throw new SyntaxError(`decontaminate: n takes a whole number from 2, not ${n}`);
  if (threshold < 1)
    throw new SyntaxError(`decontaminate: threshold takes a number from 1, not ${threshold}`);
  const files = listOption(written, "files");
  const names = written["tasks"] === "all" ? "all" : listOption(written, "tasks");
  const place = written["data"] ?? dataFolder();
  if (typeof place !== "string")
    throw new SyntaxError(`decontaminate: data takes a folder, not ${JSON.stringify(place)}`);
  const folder = resolve(context.folder, place);

  const found =
    names === "all"
      ? [...tasks.values()].filter(
          ({ source }) => source.generate === undefined && hasData({ source }, folder),
        )
      : [];
  const chosen = names === "all" ? found.map(({ name }) => name) : names;
  // Sets that ship with the program do not stand for the ones that the user means.
  const isNothingThere = names === "all" && found.every(({ source }) => source.folder !== undefined);
  if ((chosen.length === 0 || isNothingThere) && files.length === 0)
    throw new RangeError(
      names === "all"
        ? `decontaminate: no evaluation set has its data in ${folder}; name files or another folder in data`
        : "decontaminate needs tasks or files to hold texts against",
    );
  const tables = new Map<number, RunTable>();
  const digest = createHash("sha256");
  const add = (text: string): void => {
    const words = normalWords(text);
    const isUnspaced = 2 * countUnspaced(words) > words.length;
    const factor = isUnspaced ? SIGNS_PER_WORD : 1;
    if (words.length < factor * Math.min(n, MIN_WORDS)) return;
    const length = Math.min(factor * n, words.length);
    const isWhole = length < factor * n;
    const key = 2 * length + (isWhole ? 1 : 0);
    const table = tables.get(key) ?? { length, isWhole, isUnspaced, runs: new HashTable() };
    tables.set(key, table);
    for (const hash of hashesOfWords(words, length)) table.runs.add(hash);
    digest.update(text).update("\n");
  };
  for (const name of chosen) {
    const task = tasks.get(name);
    if (task === undefined)
      throw new SyntaxError(`decontaminate: no evaluation set is called ${name}; llamero eval ls lists them`);
    await eachRow(name, task.source, folder, add);
  }
  for (const path of files.flatMap((file) => listFiles(file, context.folder))) {
    const source = { splits: { all: [basename(path)] }, test: "all", origin: path, license: "unknown" };
    await eachRow(path, source, dirname(path), add);
  }
  if (tables.size === 0)
    throw new RangeError(
      `decontaminate: no text of ${MIN_WORDS} words in ${[...chosen, ...files].join(", ")}`,
    );

  return {
    kind: "map",
    name: "decontaminate",
    version: 1,
    options: { tasks: chosen, files, n, threshold, sha256: digest.digest("hex") },
    apply(document): Verdict {
      const words = normalWords(document.text);
      const hasUnspaced = countUnspaced(words) >= SIGNS_PER_WORD * Math.min(n, MIN_WORDS);
      let hits = 0;
      let where = -1;
      for (const { length, isWhole, isUnspaced, runs } of tables.values()) {
        if (isUnspaced && !hasUnspaced) continue;
        const hashes = hashesOfWords(words, length);
        for (let at = 0; at < hashes.length && hits < threshold; at++) {
          if (!runs.has(hashes[at]!)) continue;
          if (where < 0) where = at;
          // A whole item is enough by itself.
          hits += isWhole ? threshold : 1;
        }
        if (hits >= threshold)
          return {
            keep: false,
            reason: "evaluation data",
            detail: `${words.slice(where, where + 8).join(" ")} ...`,
          };
      }
      return { keep: true, document };
    },
  };
}

/** Runs of one length, out of items that are longer or that are just as long. */
interface RunTable {
  length: number;
  isWhole: boolean;
  isUnspaced: boolean;
  runs: HashTable;
}

function countUnspaced(words: readonly string[]): number {
  let count = 0;
  for (const word of words) if (UNSPACED.test(word)) count++;
  return count;
}

async function eachRow(
  name: string,
  source: Source,
  folder: string,
  add: (text: string) => void,
): Promise<void> {
  const { test } = await readTaskData({ name, source }, folder, { needsShots: false });
  for (const { _file: _, ...fields } of test) eachText(fields, add);
}

function listOption(options: Readonly<Record<string, Json>>, name: string): string[] {
  const value = options[name] ?? [];
  const list = typeof value === "string" ? [value] : value;
  if (Array.isArray(list) && list.every((entry) => typeof entry === "string")) return list as string[];
  throw new SyntaxError(
    `decontaminate: ${name} takes a text or a list of texts, not ${JSON.stringify(value)}`,
  );
}

/** Every text in a record, however deep. */
function eachText(value: unknown, use: (text: string) => void): void {
  if (typeof value === "string") use(value);
  else if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) eachText(each, use);
}
