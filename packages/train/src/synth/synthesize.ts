import { setMaxListeners } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AnswerCache, AppendLog, type Generator, type RunCode } from "@llamero/eval";
import type { Json } from "../data/document.ts";
import { createLanguageDetector } from "../data/language/detector.ts";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { lockFolder } from "../data/pipeline/lock-folder.ts";
import { findDifference } from "../data/pipeline/settings.ts";
import type { CurateReport } from "../data/report/build-report.ts";
import { NearDuplicates } from "./filters/near-duplicates.ts";
import { checkTeacherLicense } from "./license/teacher-license.ts";
import { type ItemMaker, makeItem } from "./make-item.ts";
import type { SynthRecipe, SynthTask } from "./recipe.ts";
import { type ItemOutcome, isItemOutcome } from "./records.ts";
import { readSource, type SourceTexts } from "./sources.ts";
import { writeSynthOutput } from "./write-output.ts";

/** Goes up when records change, so that a half-done run is not continued with other prompts or filters. */
export const synthVersion = 1;

/** Items whose prompts do not know each other; later waves see the prompts of earlier ones. */
const waveSize = 32;
/** Failures in a row, with nothing made, after which the teacher is taken to be gone. */
const maxFailures = 24;

export interface SynthOptions {
  teacher: Generator;
  /** Scores records; default the teacher. */
  judge?: Generator | null;
  /** Needed by tasks that run code. */
  runCode?: RunCode | null;
  /** Attempts of each task at most. */
  limit?: number | null;
  /** Items under way at once; default twice what the teacher takes. */
  workers?: number | null;
  signal?: AbortSignal;
  onProgress?: (progress: SynthProgress) => void;
}

export interface SynthProgress {
  task: string;
  numDone: number;
  numItems: number;
  numKept: number;
  numFailed: number;
  /** Items known from before. */
  numResumed: number;
}

/** What a run came to. */
export interface SynthResult {
  numItems: number;
  numKept: number;
  numDropped: number;
  /** Items that the teacher did not answer; the same run asks them again. */
  numFailed: number;
  firstFailure: string | null;
  drops: Readonly<Record<string, number>>;
  files: readonly { file: string; records: number; sha256: string }[];
  report: CurateReport;
}

/** An item after all filters. */
export interface SettledItem {
  task: SynthTask;
  outcome: ItemOutcome;
}

/** Makes the records of a recipe, or goes on where an earlier run of the same recipe stopped. */
export async function synthesize(recipe: SynthRecipe, options: SynthOptions): Promise<SynthResult> {
  const { teacher, judge = null, runCode = null, limit = null } = options;
  const license = checkTeacherLicense(recipe.teacher.model ?? teacher.identity.model, {
    license: recipe.teacher.license,
    modelName: recipe.modelName,
  });
  const needy = recipe.tasks.find(runsCode);
  if (needy !== undefined && runCode === null)
    throw new RangeError(
      `Task ${needy.name} runs code that the teacher writes, but there is no sandbox here`,
    );
  const sources = new Map<string, SourceTexts>();
  for (const task of recipe.tasks) sources.set(task.name, await readSource(task, recipe.folder));

  mkdirSync(recipe.out, { recursive: true });
  const unlock = lockFolder(recipe.out);
  const signal = options.signal ?? new AbortController().signal;
  // Every request under way listens.
  setMaxListeners(0, signal);
  try {
    const state = join(recipe.out, ".state");
    checkSettings(join(state, "settings.json"), settingsOf(recipe, options, sources), recipe.out);
    await using cache = await AnswerCache.open(join(state, "answers"), teacher.identity);
    const judgeCache = judge === null ? null : await AnswerCache.open(join(state, "answers"), judge.identity);
    await using _ = judgeCache ?? { [Symbol.asyncDispose]: async () => undefined };
    await using log = await AppendLog.open(join(state, "items.jsonl"), isItemOutcome);
    const maker: ItemMaker = {
      recipe,
      license,
      teacher: { generator: teacher, cache },
      judge: judge === null ? { generator: teacher, cache } : { generator: judge, cache: judgeCache! },
      detector: createLanguageDetector(),
      runCode: runCode ?? (() => Promise.reject(new RangeError("There is no sandbox here"))),
      signal,
    };
    const run = new Run(maker, options, log, sources);
    await run.run();
    await log.flush();
    return writeSynthOutput(recipe, {
      license,
      identity: teacher.identity,
      judge: judge?.identity ?? null,
      sources: [...sources.values()],
      settled: run.settled,
      failures: run.failures,
      limit,
    });
  } finally {
    unlock();
  }
}

/** Whether a task needs a sandbox. */
export function runsCode({ kind, rules }: SynthTask): boolean {
  return kind === "code" || (kind === "preference" && rules.includes("execution"));
}

class Run {
  readonly settled: SettledItem[] = [];
  readonly failures: string[] = [];
  readonly #maker: ItemMaker;
  readonly #options: SynthOptions;
  readonly #log: AppendLog<ItemOutcome>;
  readonly #known = new Map<string, ItemOutcome>();
  readonly #sources: ReadonlyMap<string, SourceTexts>;
  readonly #numItems: number;
  #numDone = 0;
  #numKept = 0;
  #numResumed = 0;
  #numFailedInRow = 0;

  constructor(
    maker: ItemMaker,
    options: SynthOptions,
    log: AppendLog<ItemOutcome>,
    sources: ReadonlyMap<string, SourceTexts>,
  ) {
    this.#maker = maker;
    this.#options = options;
    this.#log = log;
    this.#sources = sources;
    for (const entry of log.entries) this.#known.set(entry.item, entry);
    this.#numItems = maker.recipe.tasks.reduce((sum, task) => sum + this.#countOf(task), 0);
  }

  async run(): Promise<void> {
    const { tasks, filters } = this.#maker.recipe;
    const threshold = filters.duplicateThreshold;
    const duplicates = threshold === null ? null : new NearDuplicates(threshold);
    for (const task of tasks) {
      const count = this.#countOf(task);
      const earlier: string[] = [];
      // Only instructions look at earlier ones; other tasks need no waves.
      const step = task.kind === "instructions" ? waveSize : count;
      for (let from = 0; from < count; from += step) {
        const outcomes = await this.#runWave(task, from, Math.min(count, from + step), [...earlier]);
        // In the order of items, so that a run gives the same records however many are under way.
        for (const outcome of outcomes) {
          if (outcome === null) continue;
          const settled = this.#settle(outcome, duplicates);
          if (settled.status === "made") earlier.push(settled.prompt);
          this.settled.push({ task, outcome: settled });
        }
        await this.#log.flush();
      }
    }
  }

  #countOf(task: SynthTask): number {
    return Math.min(task.count, this.#options.limit ?? task.count);
  }

  async #runWave(
    task: SynthTask,
    from: number,
    to: number,
    earlier: readonly string[],
  ): Promise<(ItemOutcome | null)[]> {
    const outcomes: (ItemOutcome | null)[] = new Array(to - from).fill(null);
    const { documents } = this.#sources.get(task.name)!;
    let next = from;
    let fault: unknown = null;
    const work = async (): Promise<void> => {
      while (next < to && fault === null) {
        const index = next++;
        try {
          outcomes[index - from] = await this.#one(task, index, { documents, earlier });
        } catch (error) {
          fault ??= error;
        }
      }
    };
    const { workers, teacher } = this.#options;
    const numWorkers = Math.max(1, Math.min(to - from, workers ?? 2 * teacher.concurrency));
    await Promise.all(Array.from({ length: numWorkers }, work));
    if (fault !== null) throw fault;
    return outcomes;
  }

  async #one(
    task: SynthTask,
    index: number,
    texts: Parameters<typeof makeItem>[3],
  ): Promise<ItemOutcome | null> {
    const { signal } = this.#maker;
    signal.throwIfAborted();
    const known = this.#known.get(`${task.name}/${index}`);
    if (known !== undefined) {
      this.#numResumed++;
      this.#report(task, known.status === "made");
      return known;
    }
    try {
      const outcome = await makeItem(this.#maker, task, index, texts);
      this.#log.append(outcome);
      this.#numFailedInRow = 0;
      this.#report(task, outcome.status === "made");
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      // A mistake of ours or of the recipe fails every item alike.
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      this.failures.push(`${task.name}/${index}: ${message}`);
      if (++this.#numFailedInRow >= maxFailures)
        throw new Error(`The teacher failed ${maxFailures} times in a row, the last time with: ${message}`, {
          cause: error,
        });
      this.#report(task, false);
      return null;
    }
  }

  #settle(outcome: ItemOutcome, duplicates: NearDuplicates | null): ItemOutcome {
    if (outcome.status !== "made" || duplicates === null) return outcome;
    const detail = duplicates.check(outcome.prompt);
    if (detail === null) return outcome;
    const { item, text } = outcome;
    return { item, status: "dropped", stage: "duplicates", reason: "near duplicate", detail, text };
  }

  #report({ name: task }: SynthTask, isKept: boolean): void {
    this.#numDone++;
    if (isKept) this.#numKept++;
    this.#options.onProgress?.({
      task,
      numDone: this.#numDone,
      numItems: this.#numItems,
      numKept: this.#numKept,
      numFailed: this.failures.length,
      numResumed: this.#numResumed,
    });
  }
}

/** What decides the records. The limit and the number of workers are none of it. */
function settingsOf(
  recipe: SynthRecipe,
  { teacher, judge }: SynthOptions,
  sources: ReadonlyMap<string, SourceTexts>,
): Json {
  const { folder: _, out: __, ...rest } = recipe;
  const identities = [teacher, judge ?? null].map((each) =>
    each === null ? null : { model: each.identity.model, hash: each.identity.modelHash },
  );
  const files = [...sources.values()].flatMap((each) => each.files.map(({ sha256 }) => sha256));
  const settings = {
    version: synthVersion,
    recipe: rest,
    teacher: identities[0],
    judge: identities[1],
    files,
  };
  return JSON.parse(JSON.stringify(settings)) as Json;
}

function checkSettings(path: string, settings: Json, out: string): void {
  if (existsSync(path)) {
    const difference = findDifference(JSON.parse(readFileSync(path, "utf8")) as Json, settings);
    if (difference === null) return;
    throw new RangeError(
      `The run in ${out} cannot be continued: ${difference} has changed since. Put it back, or take another output folder`,
    );
  }
  mkdirSync(join(path, ".."), { recursive: true });
  writeAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
}
