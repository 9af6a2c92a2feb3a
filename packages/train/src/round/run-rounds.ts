import { setMaxListeners } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RunCode, TaskResult } from "@llamero/eval";
import type { Degradation, TrainBackend } from "@llamero/kernels";
import type { Json } from "../data/document.ts";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { lockFolder } from "../data/pipeline/lock-folder.ts";
import { findDifference } from "../data/pipeline/settings.ts";
import { readPrompts } from "../reject/prompts.ts";
import { openRewardModel } from "../reward/reward-model.ts";
import { chooseTrainBackend, type TrainBackendOptions } from "../session/choose-backend.ts";
import { openTuneModel } from "../tune/tune-model.ts";
import { compareFigures, findGateTasks, refusalOf } from "./gate.ts";
import {
  type Lineage,
  lineagePath,
  type RoundRecord,
  readLineage,
  type StageName,
  type TrainedStage,
  writeLineage,
} from "./lineage.ts";
import type { RoundRecipe } from "./recipe.ts";
import {
  averageStage,
  evaluateModel,
  type GivenRecords,
  givenStage,
  type OpenedGenerator,
  openLocalGenerator,
  type RoundEvent,
  type RoundMeans,
  type Settle,
  sampleStage,
  trainStage,
} from "./stages.ts";

export interface RunRoundsOptions {
  /** Goes on where the run in the folder stopped. */
  resume?: boolean;
  signal?: AbortSignal;
  listener?: (event: RoundEvent) => void;
  /** What was left out of the prompts, and where it runs worse than it could. */
  onNotes?: (notes: readonly string[], degradations: readonly Degradation[]) => void;
  /** Of the caller's, which stays open; without it one is chosen by `choice`. */
  backend?: TrainBackend;
  choice?: TrainBackendOptions;
  runCode?: RunCode | null;
  /** Records to learn from, instead of what the model samples of prompts. */
  given?: GivenRecords;
  /** Makes what the gate judges of the models that were trained, instead of an average; null leaves the last of them. */
  settle?: Settle;
  /** Opens a model to sample from and to evaluate; default the engine. */
  openGenerator?: (path: string) => Promise<OpenedGenerator>;
}

export interface RoundsResult {
  stopped: "finished" | "interrupted";
  lineage: Lineage;
  path: string;
}

/** Whether the rewards of a recipe or the tasks of its gate run code. */
export function roundsRunCode(recipe: RoundRecipe): boolean {
  return (
    recipe.rewards.rules.some(({ verifier }) => verifier.usesCode) ||
    findGateTasks(recipe).some(({ task }) => task.kind === "code")
  );
}

/**
 * Rounds of post-training: sample answers, keep the best, fine-tune, prefer, average, and take the result only where the
 * gate lets it through. Every stage that is done is kept; a run that was killed goes on with `resume`.
 */
export async function runRounds(recipe: RoundRecipe, options: RunRoundsOptions = {}): Promise<RoundsResult> {
  const { given } = options;
  const { prompts, notes } =
    given === undefined ? await readPrompts(recipe.prompts) : { prompts: [], notes: [] };
  const tasks = findGateTasks(recipe);
  const reward = recipe.rewards.model === null ? null : openRewardModel(recipe.rewards.model.path);
  const base = openTuneModel(recipe.model);
  const known = readLineage(recipe.out);
  if (known !== null && options.resume !== true)
    throw new RangeError(
      `${recipe.out} holds a run of ${known.rounds.length} rounds; give --resume to go on with it, or another folder`,
    );
  mkdirSync(recipe.out, { recursive: true });
  const unlock = lockFolder(recipe.out);
  const chosen = options.backend === undefined ? chooseTrainBackend(options.choice) : null;
  const signal = options.signal ?? new AbortController().signal;
  // Every request under way listens.
  setMaxListeners(0, signal);
  const threads = options.choice?.threads;
  try {
    checkSettings(recipe, { model: base.digest, reward: reward?.model.digest ?? null });
    options.onNotes?.(notes, chosen?.degradations ?? []);
    const means: RoundMeans = {
      recipe,
      prompts,
      tasks,
      given,
      settle: options.settle ?? null,
      backend: options.backend ?? chosen!.backend,
      threads,
      runCode: options.runCode ?? null,
      openGenerator:
        options.openGenerator ?? ((path) => openLocalGenerator(path, { recipe, threads, signal })),
      signal,
      tell: (event) => options.listener?.(event),
    };
    const lineage: Lineage = known ?? {
      format: "llamero-rounds",
      version: 1,
      name: recipe.name,
      rounds: [],
      model: { path: recipe.model, digest: base.digest },
      figures: [],
      finished: false,
    };
    return await new Rounds(means, lineage).run();
  } finally {
    await chosen?.backend[Symbol.asyncDispose]();
    unlock();
  }
}

class Rounds {
  readonly #means: RoundMeans;
  #lineage: Lineage;

  constructor(means: RoundMeans, lineage: Lineage) {
    this.#means = means;
    this.#lineage = lineage;
  }

  async run(): Promise<RoundsResult> {
    const { recipe, signal } = this.#means;
    let stopped: RoundsResult["stopped"] = "finished";
    try {
      for (let round = 1; round <= recipe.rounds; round++) await this.#round(round);
      await this.#finish();
    } catch (error) {
      if (!signal.aborted) throw error;
      stopped = "interrupted";
    }
    return { stopped, lineage: this.#lineage, path: lineagePath(recipe.out) };
  }

  async #round(round: number): Promise<void> {
    const { tell } = this.#means;
    let record: RoundRecord = this.#lineage.rounds[round - 1] ?? {
      round,
      base: this.#lineage.model,
      candidate: null,
      verdict: null,
      reason: null,
      stages: {},
    };
    if (record.verdict !== null) return;
    for (const stage of stageOrder) {
      if (record.stages[stage] !== undefined) continue;
      this.#means.signal.throwIfAborted();
      const result = await this.#stage(stage, record);
      record = { ...record, stages: { ...record.stages, [stage]: result } };
      this.#keep(record);
      tell({ event: "stage", round, stage, text: describe(stage, record) });
      if (stage !== "gate")
        rmSync(join(this.#folder(round, stage), "checkpoints"), { recursive: true, force: true });
    }
    const { accepted, reason } = record.stages.gate!;
    const path = candidateOf(record);
    const candidate = path === null ? null : { path, digest: openTuneModel(path).digest };
    record = { ...record, candidate, verdict: accepted ? "accepted" : "rolled back", reason };
    // The verdict and the model that it leads to reach the disk together.
    if (accepted) this.#lineage = { ...this.#lineage, model: candidate! };
    this.#keep(record);
    tell({ event: "verdict", round, verdict: record.verdict!, reason });
  }

  async #stage(stage: StageName, record: RoundRecord): Promise<RoundRecord["stages"][StageName]> {
    const { recipe, signal } = this.#means;
    const { round, base, stages } = record;
    const folder = this.#folder(round, stage);
    switch (stage) {
      case "sample":
        if (this.#means.given !== undefined) return givenStage(this.#means.given, recipe.seed);
        return await sampleStage(this.#means, { round, base: base.path, folder });
      case "sft": {
        const { report, sft } = stages.sample!;
        const why =
          recipe.sft === null
            ? "the recipe has no sft"
            : report.accepted === 0 && recipe.sft.data.length === 0
              ? `none of ${report.samples} answers reached ${recipe.threshold}`
              : null;
        if (why !== null) return skipped(why);
        const data = report.accepted === 0 ? [] : [{ file: sft, repeat: 1 }];
        return await trainStage(this.#means, recipe.sft!, { round, base: base.path, folder, data });
      }
      case "dpo": {
        const { report, pairs } = stages.sample!;
        const why =
          recipe.dpo === null
            ? "the recipe has no dpo"
            : report.pairs < recipe.minPairs && recipe.dpo.data.length === 0
              ? `there are ${report.pairs} pairs, and minPairs is ${recipe.minPairs}`
              : null;
        if (why !== null) return skipped(why);
        const data = report.pairs === 0 ? [] : [{ file: pairs, repeat: 1 }];
        const from = stages.sft!.path ?? base.path;
        return await trainStage(this.#means, recipe.dpo!, { round, base: from, folder, data });
      }
      case "average":
        return await this.#average(record, folder);
      case "gate": {
        const path = candidateOf(record);
        if (path === null)
          return { figures: [], accepted: false, reason: `nothing was trained: ${reasonsOf(record)}` };
        const before = await this.#scores(record.base.path, round, this.#scoresOfBase(record));
        const after = await this.#scores(path, round, join(folder, "scores.json"));
        signal.throwIfAborted();
        const figures = compareFigures(this.#means.tasks, before, after);
        const reason = refusalOf(figures, after);
        return { figures, accepted: reason === null, reason };
      }
    }
  }

  async #average(
    record: RoundRecord,
    folder: string,
  ): Promise<NonNullable<RoundRecord["stages"]["average"]>> {
    const { recipe, signal } = this.#means;
    const none = (why: string) => ({ skipped: why, of: [], weights: [], path: null });
    const settled = await this.#means.settle?.(folder, signal);
    if (settled != null) return { skipped: null, of: [], weights: [], ...settled };
    if (recipe.average === null) return none("the recipe has no average");
    const { base, stages } = record;
    const all = { base: base.path, sft: stages.sft!.path, dpo: stages.dpo!.path };
    const members = recipe.average.of.flatMap((name, index) => {
      const path = all[name];
      return path === null ? [] : [{ name, path, weight: recipe.average!.weights[index]! }];
    });
    if (!members.some(({ name }) => name !== "base")) return none("nothing was trained");
    if (members.length < 2) return none(`there is only ${members[0]!.name}`);
    const weights = members.map(({ weight }) => weight);
    const { format } = (recipe.dpo ?? recipe.sft)!;
    const paths = members.map(({ path }) => path);
    const path = await averageStage(paths, weights, { folder, format, signal });
    return { skipped: null, of: members.map(({ name }) => name), weights, path };
  }

  /** Scores from a file, or measured and kept there. */
  async #scores(model: string, round: number, file: string): Promise<TaskResult[]> {
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as TaskResult[];
    const workFolder = join(this.#means.recipe.out, "eval");
    const results = await evaluateModel(this.#means, model, { round, workFolder });
    mkdirSync(join(file, ".."), { recursive: true });
    writeAtomic(file, `${JSON.stringify(results, null, 2)}\n`);
    return results;
  }

  /** A base was scored as the candidate of the round that it is from, or is the first model. */
  #scoresOfBase({ base }: RoundRecord): string {
    const from = this.#lineage.rounds.find(
      ({ verdict, candidate }) => verdict === "accepted" && candidate?.path === base.path,
    );
    return from === undefined
      ? join(this.#means.recipe.out, "first-scores.json")
      : join(this.#folder(from.round, "gate"), "scores.json");
  }

  /** What all rounds came to: the first model beside the last. */
  async #finish(): Promise<void> {
    const { recipe, tasks } = this.#means;
    const read = (file: string): TaskResult[] => JSON.parse(readFileSync(file, "utf8")) as TaskResult[];
    const first = join(recipe.out, "first-scores.json");
    const last = this.#lineage.rounds.findLast(({ verdict }) => verdict === "accepted");
    const figures =
      last === undefined
        ? []
        : compareFigures(tasks, read(first), read(join(this.#folder(last.round, "gate"), "scores.json")));
    this.#lineage = { ...this.#lineage, figures, finished: true };
    writeLineage(recipe.out, this.#lineage);
  }

  #folder(round: number, stage: StageName): string {
    return join(this.#means.recipe.out, `round-${String(round).padStart(2, "0")}`, stage);
  }

  #keep(record: RoundRecord): void {
    const rounds = [...this.#lineage.rounds];
    rounds[record.round - 1] = record;
    this.#lineage = { ...this.#lineage, rounds, finished: false };
    writeLineage(this.#means.recipe.out, this.#lineage);
  }
}

const stageOrder: readonly StageName[] = ["sample", "sft", "dpo", "average", "gate"];

function skipped(why: string): TrainedStage {
  return { skipped: why, path: null, steps: 0, before: {}, after: {} };
}

/** The model that the gate is to judge; null where nothing was trained. */
function candidateOf({ stages }: RoundRecord): string | null {
  return stages.average?.path ?? stages.dpo?.path ?? stages.sft?.path ?? null;
}

function reasonsOf({ stages }: RoundRecord): string {
  return [stages.sft, stages.dpo].flatMap((stage) => stage?.skipped ?? []).join("; ");
}

function describe(stage: StageName, { stages }: RoundRecord): string {
  if (stage === "sample") {
    const { accepted, prompts, pairs, meanScore, meanBestScore } = stages.sample!.report;
    return `${accepted} of ${prompts} prompts have an answer that is kept, ${pairs} pairs; mean score ${meanScore.toFixed(3)}, of the best ${meanBestScore.toFixed(3)}`;
  }
  if (stage === "gate") {
    const { figures } = stages.gate!;
    return figures
      .filter(({ allowedLoss, figure }) => allowedLoss !== null || figure !== null)
      .map(
        ({ task, metric, figure, before, after }) =>
          `${figure ?? `${task} ${metric}`} ${before.toFixed(3)} to ${after.toFixed(3)}`,
      )
      .join(", ");
  }
  if (stage === "average") {
    const { skipped: why, of, weights, note } = stages.average!;
    return note ?? why ?? `${of.join(", ")} by ${weights.join(", ")}`;
  }
  const { skipped: why, steps, before, after } = stages[stage]!;
  if (why !== null) return `left out: ${why}`;
  const values = Object.keys(after).map(
    (name) => `${name} ${before[name]?.toFixed(3) ?? "-"} to ${after[name]!.toFixed(3)}`,
  );
  return [`${steps} steps`, ...values].join(", ");
}

/** A run goes on with the recipe that it began with; more rounds may be asked for. */
function checkSettings(recipe: RoundRecipe, digests: { model: string; reward: string | null }): void {
  const { rounds: _, out: __, batch: ___, rewards, ...rest } = recipe;
  const settings = JSON.parse(JSON.stringify({ ...rest, rewards: rewards.spec ?? null, digests })) as Json;
  const path = join(recipe.out, "settings.json");
  if (!existsSync(path)) {
    writeAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
    return;
  }
  const difference = findDifference(JSON.parse(readFileSync(path, "utf8")) as Json, settings);
  if (difference !== null)
    throw new RangeError(
      `The run in ${recipe.out} cannot go on: ${difference} has changed since it began. Put it back, or take another folder`,
    );
}
