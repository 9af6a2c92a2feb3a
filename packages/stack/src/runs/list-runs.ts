import type { Dirent } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunStatus, RunSummary } from "../api/runs.ts";
import { eventsFile } from "./follow-run.ts";

const maxDepth = 3;
const tailBytes = 64 * 1024;
const silentMs = 2 * 60_000;

type Fields = Readonly<Record<string, unknown>>;

/** Summaries by what the file was like when they were made: most runs are over and never change. */
export type SummaryCache = Map<string, { key: string; summary: RunSummary }>;

/** Runs in a folder and in folders below it, the one written to last first. A folder that is none has no runs. */
export async function listRuns(folder: string, cache: SummaryCache = new Map()): Promise<RunSummary[]> {
  const names: string[] = [];
  await findRuns(folder, "", 0, names);
  const runs = await Promise.all(names.map((name) => summarize(folder, name, cache)));
  return runs.filter((run) => run !== null).sort((a, b) => b.updatedAt - a.updatedAt);
}

async function findRuns(folder: string, below: string, depth: number, names: string[]): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(folder, below), { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && /^(ENOENT|ENOTDIR|EACCES)$/.test(String(Reflect.get(error, "code"))))
      return;
    throw error;
  }
  if (below !== "" && entries.some(({ name }) => name === eventsFile)) {
    names.push(below);
    return;
  }
  if (depth === maxDepth) return;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    await findRuns(folder, below === "" ? entry.name : `${below}/${entry.name}`, depth + 1, names);
  }
}

async function summarize(folder: string, name: string, cache: SummaryCache): Promise<RunSummary | null> {
  const path = join(folder, name, eventsFile);
  const stats = await stat(path).catch(() => null);
  // Taken away since the folder was listed.
  if (stats === null) return null;
  const key = `${stats.size} ${stats.mtimeMs}`;
  const known = cache.get(path);
  if (known?.key === key) return withAge(known.summary);
  const events = await readTail(path, stats.size);
  const step = events.findLast((event) => event["event"] === "step");
  const last = events.findLast((event) => event["event"] === "step" || event["event"] === "done");
  const isOver = last?.["event"] === "done";
  const number = (value: unknown): number | null =>
    typeof value === "number" && Number.isFinite(value) ? value : null;
  const summary: RunSummary = {
    name,
    status: isOver ? endOf(last) : "running",
    why: isOver && typeof last["why"] === "string" ? last["why"] : null,
    step: number(last?.["step"]) ?? 0,
    totalSteps: await readTotalSteps(join(folder, name)),
    loss: number(step?.["loss"]),
    tokens: number(step?.["tokens"]) ?? 0,
    tokensPerSecond: number(step?.["tokensPerSecond"]),
    seconds: number(last?.["seconds"]) ?? 0,
    updatedAt: stats.mtimeMs,
  };
  cache.set(path, { key, summary });
  return withAge(summary);
}

function endOf(event: Fields): RunStatus {
  const stopped = event["stopped"];
  return stopped === "finished" || stopped === "interrupted" ? stopped : "failed";
}

const withAge = (summary: RunSummary): RunSummary =>
  summary.status === "running" && Date.now() - summary.updatedAt > silentMs
    ? { ...summary, status: "silent" }
    : summary;

/** Events at the end of a file; the first line there may be cut and is left out. */
async function readTail(path: string, size: number): Promise<Fields[]> {
  const file = await open(path, "r");
  try {
    const length = Math.min(size, tailBytes);
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, size - length);
    const lines = bytes.toString("utf8", 0, bytesRead).split("\n");
    return lines
      .slice(length < size ? 1 : 0)
      .map(parseFields)
      .filter((fields) => fields !== null);
  } finally {
    await file.close();
  }
}

function parseFields(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Steps a run is to have, by what its run.json or the recipe there says. */
async function readTotalSteps(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, "run.json"), "utf8").catch(() => "");
  const run = parseFields(text);
  const recipe = fieldsOf(run?.["recipe"]);
  const places = [run, fieldsOf(run?.["settings"]), recipe, fieldsOf(recipe?.["batch"])];
  for (const place of places) {
    const steps = place?.["steps"];
    if (typeof steps === "number") return steps;
  }
  return null;
}

const fieldsOf = (value: unknown): Fields | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
