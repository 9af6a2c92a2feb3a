import { setMaxListeners } from "node:events";
import { join } from "node:path";
import type { Degradation } from "@llamero/kernels";
import type { TaskData } from "../data/task-data.ts";
import type { Generator } from "../generator.ts";
import type { Outcome, Row, RunCode, Task } from "../task.ts";
import { AnswerCache, digestOf } from "./answer-cache.ts";
import { AppendLog } from "./append-log.ts";
import { chooseShots } from "./choose-shots.ts";
import type { Sample, ShotChoice, TaskResult } from "./result.ts";
import { checkOutcome, scoreItems } from "./score-items.ts";
import { createSession, type TokenCounts, UnsupportedTaskError } from "./session.ts";

/** How a task is run; everything has a default. */
export interface RunOptions {
  /** The first so many items only. */
  limit?: number | null;
  /** Default the task's own. */
  numShots?: number;
  /** Default first. */
  shotChoice?: ShotChoice;
  /** Of drawn shots, of sampled answers and of bootstraps; default 0. */
  seed?: number;
  /** Items under way at once; default as many as the model takes. */
  concurrency?: number;
  /** Folder for answers and outcomes, so that an interrupted run goes on; null keeps nothing. Default null. */
  workFolder?: string | null;
  /** A model that judges, for tasks that ask one. */
  judge?: Generator | null;
  /** Runs code that the model wrote. */
  runCode?: RunCode | null;
  /** What the caller has less of than wanted where code runs; part of the result of a task that runs code. */
  sandboxDegraded?: readonly Degradation[];
  onProgress?: (progress: RunProgress) => void;
  signal?: AbortSignal;
}

/** How far a run is. */
export interface RunProgress {
  task: string;
  numDone: number;
  numItems: number;
  numErrors: number;
  /** Of those done, those that an earlier run had done. */
  numResumed: number;
}

/** So many failures without a single success, and the run stops: the model is not there. */
const HOPELESS = 25;

interface JournalEntry {
  index: number;
  outcome: Outcome;
  tokens: TokenCounts;
}

const isJournalEntry = (value: unknown): value is JournalEntry =>
  typeof value === "object" &&
  value !== null &&
  Number.isInteger(Reflect.get(value, "index")) &&
  typeof Reflect.get(value, "outcome") === "object";

/**
 * Puts the items of a set to a model. An item that fails is an error in the result. What is done is in the work folder
 * when the promise settles, whichever way; the same call goes on from there, also after the process was killed.
 */
export async function runTask<Item>(
  task: Task<Item>,
  data: TaskData,
  generator: Generator,
  options: RunOptions = {},
): Promise<{ result: TaskResult; samples: Sample[] }> {
  const { limit = null, seed = 0, workFolder = null, judge = null } = options;
  const { numShots = task.numShots, shotChoice = "first", runCode = null } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const startedAt = new Date();
  const started = performance.now();

  const isOwnPool = data.shots === null;
  const numItems = Math.min(data.test.length, limit ?? data.test.length);
  if (numItems === 0)
    throw new RangeError(`${task.name} has no items to score; check the data and the limit`);
  const numParsed = isOwnPool && numShots > 0 ? data.test.length : numItems;
  const items = data.test.slice(0, numParsed).map((row, at) => parse(task, row, at));
  const pool =
    data.shots === null || numShots === 0 ? items : data.shots.map((row, at) => parse(task, row, at));
  const shots = { pool, isOwnPool, count: numShots, choice: shotChoice, seed };
  const shotsOf = (index: number): Item[] => chooseShots(task, { index, item: items[index]! }, shots);

  const answers = workFolder === null ? null : join(workFolder, "answers");
  await using cache = await AnswerCache.open(answers, generator.identity);
  await using judgeCache = judge && (await AnswerCache.open(answers, judge.identity));
  const journal = workFolder === null ? null : await openJournal();
  await using _ = journal;

  async function openJournal(): Promise<AppendLog<JournalEntry>> {
    const { name, version } = task;
    const key = digestOf([
      { name, version, numShots, shotChoice, seed, dataDigest: data.digest },
      generator.identity,
      judge?.identity ?? null,
    ]);
    return await AppendLog.open(
      join(workFolder!, "outcomes", `${name}-${key.slice(0, 24)}.jsonl`),
      isJournalEntry,
    );
  }

  const done = new Map<number, JournalEntry>();
  for (const entry of journal?.entries ?? []) if (entry.index < numItems) done.set(entry.index, entry);
  const numResumed = done.size;
  const errors = new Map<number, { message: string; tokens: TokenCounts }>();
  const report = (): void =>
    options.onProgress?.({
      task: task.name,
      numDone: done.size + errors.size,
      numItems,
      numErrors: errors.size,
      numResumed,
    });
  report();

  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // Every request under way listens to it.
  setMaxListeners(0, either);

  async function ask(index: number): Promise<void> {
    const tokens: TokenCounts = { prompt: 0, completion: 0, scored: 0 };
    const session = createSession(
      { generator, cache },
      {
        seed,
        signal: either,
        tokens,
        judge: judge === null ? null : { generator: judge, cache: judgeCache! },
        runCode,
      },
    );
    try {
      const outcome = await task.ask(items[index]!, shotsOf(index), session);
      checkOutcome(task, outcome);
      const entry = { index, outcome, tokens };
      done.set(index, entry);
      journal?.append(entry);
    } catch (error) {
      either.throwIfAborted();
      if (error instanceof UnsupportedTaskError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      errors.set(index, { message, tokens });
      if (errors.size >= HOPELESS && done.size === 0) {
        throw new Error(`The first ${errors.size} items of ${task.name} all failed: ${message}`, {
          cause: error,
        });
      }
    }
    report();
  }

  const waiting = [...Array(numItems).keys()].filter((index) => !done.has(index)).values();
  const work = async (): Promise<void> => {
    for (const index of waiting) {
      either.throwIfAborted();
      await ask(index).catch((error: unknown) => {
        stop.abort(error);
        throw error;
      });
    }
  };
  const concurrency = Math.max(1, options.concurrency ?? generator.concurrency);
  const workers = Array.from({ length: Math.min(concurrency, numItems) }, work);
  await Promise.allSettled(workers);
  await journal?.flush();
  if (signal.aborted) throw signal.reason;
  stop.signal.throwIfAborted();

  const samples = Array.from({ length: numItems }, (_, index): Sample => {
    const entry = done.get(index);
    const error = errors.get(index);
    const prompt = task.prompt(items[index]!, error === undefined ? shotsOf(index) : safeShots(index));
    const outcome = entry?.outcome ?? null;
    const tokens = (entry ?? error)!.tokens;
    return { task: task.name, index, prompt, outcome, error: error?.message ?? null, tokens };
  });
  function safeShots(index: number): Item[] {
    try {
      return shotsOf(index);
    } catch {
      // That there are too few is the item's error already.
      return [];
    }
  }
  const outcomes = samples.flatMap(({ outcome }) => outcome ?? []);
  const sum = (kind: keyof TokenCounts): number =>
    samples.reduce((total, each) => total + each.tokens[kind], 0);
  const result: TaskResult = {
    task: task.name,
    version: task.version,
    kind: task.kind,
    category: task.category,
    languages: task.languages,
    model: generator.identity,
    judge: judge?.identity ?? null,
    dataDigest: data.digest,
    split: task.source.test,
    seed,
    shots: { count: numShots, choice: shotChoice },
    limit,
    numItems,
    numErrors: errors.size,
    mainMetric: task.mainMetric,
    scores: scoreItems(task.metrics, outcomes, seed),
    degraded: [
      ...generator.degraded,
      ...(judge?.degraded ?? []),
      ...(task.kind === "code" ? (options.sandboxDegraded ?? []) : []),
    ],
    tokens: { prompt: sum("prompt"), completion: sum("completion"), scored: sum("scored") },
    numResumed,
    startedAt: startedAt.toISOString(),
    durationMs: performance.now() - started,
  };
  return { result, samples };
}

function parse<Item>(task: Task<Item>, row: Row, at: number): Item {
  try {
    return task.parse(row);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const file = row["_file"];
    const where = typeof file === "string" ? `${file}: record ${at + 1} of the split` : `record ${at + 1}`;
    throw new SyntaxError(`${task.name}, ${where}: ${why}`, { cause });
  }
}
