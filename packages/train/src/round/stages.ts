import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, convertModel, loadModel, openCheckpoint, readAdapter } from "@llamero/core";
import {
  createRandom,
  dataFolder,
  drawWithoutReplacement,
  type Generator,
  LocalGenerator,
  type RunCode,
  readTaskData,
  runTask,
  type TaskResult,
} from "@llamero/eval";
import type { TrainBackend } from "@llamero/kernels";
import { averageModels } from "../average/average-models.ts";
import { mergeAdapter } from "../lora/merge-adapter.ts";
import type { SamplePrompt } from "../reject/prompts.ts";
import { rejectionSample } from "../reject/reject.ts";
import type { SelectReport } from "../reject/select.ts";
import { createScorer, openRewardModel } from "../reward/reward-model.ts";
import type { RunEvent } from "../run/run-event.ts";
import type { TuneRecipe } from "../tune/recipe.ts";
import { runTune, type TuneStart } from "../tune/run-tune.ts";
import { endIds, openTuneModel } from "../tune/tune-model.ts";
import type { GateTask } from "./gate.ts";
import type { StageName, StageResults, TrainedStage } from "./lineage.ts";
import type { RoundRecipe } from "./recipe.ts";

/** What happens in a run of rounds. */
export type RoundEvent =
  | { event: "stage"; round: number; stage: StageName; text: string }
  | {
      event: "progress";
      round: number;
      stage: StageName;
      what: string;
      done: number;
      total: number;
    }
  | { event: "start"; round: number; stage: StageName; start: TuneStart }
  | { event: "train"; round: number; stage: StageName; run: RunEvent }
  | { event: "verdict"; round: number; verdict: "accepted" | "rolled back"; reason: string | null };

/** A model that answers, until it is disposed of. */
export type OpenedGenerator = AsyncDisposable & { generator: Generator };

/** What the stages of all rounds share. */
export interface RoundMeans {
  recipe: RoundRecipe;
  prompts: readonly SamplePrompt[];
  tasks: readonly GateTask[];
  given: GivenRecords | undefined;
  settle: Settle | null;
  backend: TrainBackend;
  threads: number | undefined;
  runCode: RunCode | null;
  openGenerator(path: string): Promise<OpenedGenerator>;
  signal: AbortSignal;
  tell(event: RoundEvent): void;
}

/** Loads a model to sample from and to evaluate. */
export async function openLocalGenerator(
  path: string,
  { recipe, threads, signal }: Pick<RoundMeans, "recipe" | "threads" | "signal">,
): Promise<OpenedGenerator> {
  const checkpoint = openCheckpoint(path);
  const model = await loadModel(checkpoint, {
    context: recipe.context ?? Math.min(2048, checkpoint.config.maxPositionEmbeddings),
    maxBatch: recipe.batch,
    // As `llamero eval run`: activations are not quantised, so that figures before and after compare.
    mode: "exact",
    ...(threads !== undefined && { threads }),
    signal,
  });
  try {
    const generator = await LocalGenerator.create(model, { signal });
    return { generator, [Symbol.asyncDispose]: () => model[Symbol.asyncDispose]() };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

/** Seed of what a round draws. */
export function roundSeed(seed: number, round: number): number {
  return (seed + Math.imul(round, 0x9e3779b1)) >>> 1;
}

/** Answers to this round's prompts, the best of them as records to learn from. */
export async function sampleStage(
  means: RoundMeans,
  { round, base, folder }: { round: number; base: string; folder: string },
): Promise<NonNullable<StageResults["sample"]>> {
  const { recipe, prompts, backend, signal, runCode, tell } = means;
  const seed = roundSeed(recipe.seed, round);
  const count = Math.min(prompts.length, recipe.promptsPerRound ?? prompts.length);
  const drawn =
    count === prompts.length
      ? prompts
      : drawWithoutReplacement(prompts.length, count, createRandom(seed)).map((index) => prompts[index]!);
  await using opened = await means.openGenerator(base);
  const { rewards } = recipe;
  const { report, sft, pairs } = await rejectionSample({
    prompts: drawn,
    samples: recipe.samples,
    sampling: recipe.sampling,
    seed,
    generator: opened.generator,
    rewards,
    openScorer:
      rewards.model === null
        ? undefined
        : () => createScorer(openRewardModel(rewards.model!.path), { backend }),
    runCode,
    threshold: recipe.threshold,
    minMargin: recipe.minMargin,
    folder,
    signal,
    onProgress: (what, done, total) => tell({ event: "progress", round, stage: "sample", what, done, total }),
  });
  return { seed, report, sft, pairs };
}

/** Records from elsewhere, such as what people rated: JSONL files and how many records each has. */
export interface GivenRecords {
  sft: { file: string; count: number };
  pairs: { file: string; count: number };
}

/** Writes a model into a folder, or says with null that none is needed. */
export type Settle = (folder: string, signal: AbortSignal) => Promise<{ path: string; note: string } | null>;

/** Given records as a stage leaves sampled ones. */
export function givenStage({ sft, pairs }: GivenRecords, seed: number): NonNullable<StageResults["sample"]> {
  const report: SelectReport = {
    prompts: sft.count,
    samples: sft.count,
    distinct: sft.count,
    cut: 0,
    failed: 0,
    meanScore: 1,
    meanBestScore: 1,
    accepted: sft.count,
    acceptance: 1,
    pairs: pairs.count,
    reasons: {},
  };
  return { seed, report, sft: sft.file, pairs: pairs.file };
}

/** Trains by one method on what was sampled and on the recipe's own data; an adapter is merged. */
export async function trainStage(
  means: RoundMeans,
  settings: TuneRecipe,
  { round, base, folder, data }: { round: number; base: string; folder: string; data: TuneRecipe["data"] },
): Promise<TrainedStage> {
  const { backend, signal, tell } = means;
  const stage = settings.method;
  const recipe: TuneRecipe = {
    ...settings,
    name: `${means.recipe.name}-${round}-${stage}`,
    model: base,
    out: folder,
    seed: roundSeed(settings.seed, round),
    data: [...data, ...settings.data],
  };
  const result = await runTune(recipe, {
    backend,
    resume: true,
    signal,
    onStart: (start) => tell({ event: "start", round, stage, start }),
    listener: (run) => tell({ event: "train", round, stage, run }),
  });
  if (result.stopped === "interrupted") throw signal.reason;
  const path = recipe.lora === null ? result.paths[0]! : await mergeInto(recipe, result.paths[0]!, signal);
  const { steps, before, after } = result;
  return { skipped: null, path, steps, before, after };
}

async function mergeInto(recipe: TuneRecipe, adapterPath: string, signal: AbortSignal): Promise<string> {
  const model = openTuneModel(recipe.model);
  const adapter = readAdapter(adapterPath, model.checkpoint, recipe.name);
  const merged: Checkpoint = { ...mergeAdapter(model.checkpoint, adapter), eosTokenIds: endIds(model) };
  const path = join(recipe.out, "model");
  await writeModel(merged, path, { format: recipe.format, signal });
  return path;
}

async function writeModel(
  checkpoint: Checkpoint,
  path: string,
  { format, signal }: { format: TuneRecipe["format"]; signal: AbortSignal },
): Promise<void> {
  rmSync(path, { recursive: true, force: true });
  await convertModel(checkpoint, path, { container: "safetensors", format, signal });
}

/** The mean of models of a round. */
export async function averageStage(
  paths: readonly string[],
  weights: readonly number[],
  { folder, format, signal }: { folder: string; format: TuneRecipe["format"]; signal: AbortSignal },
): Promise<string> {
  const layouts = paths.map((path) => openCheckpoint(path));
  const wanted: string[] = [];
  for (const [index, checkpoint] of layouts.entries()) {
    if (checkpoint.ropeLayout === "halves") wanted.push(paths[index]!);
    else {
      // A GGUF file orders rows in its own way; what was trained is in the other.
      const path = join(folder, `converted-${index}`);
      mkdirSync(folder, { recursive: true });
      await writeModel(checkpoint, path, { format: "f32", signal });
      wanted.push(path);
    }
  }
  const path = join(folder, "model");
  mkdirSync(folder, { recursive: true });
  // Dialects of the end of a turn are the trained models', which come last.
  const mean = averageModels(wanted, weights);
  const last = layouts.at(-1)!;
  await writeModel({ ...mean, eosTokenIds: last.eosTokenIds }, path, { format, signal });
  for (const each of wanted) if (!paths.includes(each)) rmSync(each, { recursive: true, force: true });
  return path;
}

/** Scores of a model on the tasks of the gate; what is done is kept in the folder. */
export async function evaluateModel(
  means: RoundMeans,
  path: string,
  { round, workFolder }: { round: number; workFolder: string },
): Promise<TaskResult[]> {
  const { recipe, tasks, signal, runCode, tell } = means;
  const { data, limit } = recipe.gate;
  await using opened = await means.openGenerator(path);
  const results: TaskResult[] = [];
  for (const { task } of tasks) {
    const records = await readTaskData(task, data ?? dataFolder(), {
      needsShots: task.numShots > 0,
      generate: { contextLimit: opened.generator.contextLimit },
    });
    const { result } = await runTask(task, records, opened.generator, {
      limit,
      seed: recipe.seed,
      workFolder,
      runCode,
      signal,
      onProgress: ({ numDone, numItems }) =>
        tell({ event: "progress", round, stage: "gate", what: task.name, done: numDone, total: numItems }),
    });
    results.push(result);
  }
  return results;
}
