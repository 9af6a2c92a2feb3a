import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { convertModel } from "@llamero/core";
import type { Degradation, TrainBackend } from "@llamero/kernels";
import { SCORE_WEIGHT } from "../autograd/training-forward.ts";
import type { PreferencePair } from "../chat-data/conversation.ts";
import { readPairs } from "../chat-data/read-chat-data.ts";
import { type RenderedPair, renderPairs } from "../chat-data/render-pairs.ts";
import { runTraining } from "../loop/run-training.ts";
import { checkSchedule } from "../optim/schedule.ts";
import { parseEvents } from "../run/run-log.ts";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { createSession } from "../session/create-session.ts";
import { paramsFromCheckpoint } from "../session/model-params.ts";
import type { TrainSession } from "../session/session.ts";
import { shuffledOrder } from "../sft/plan-steps.ts";
import { tunedCheckpoint } from "../tune/output.ts";
import type { RunTuneOptions, TuneResult } from "../tune/run-tune.ts";
import { openTuneModel, type TuneModel } from "../tune/tune-model.ts";
import { keepGraded, readGrades } from "./grades.ts";
import type { RewardRecipe } from "./recipe.ts";
import { rewardMethod, scoredRows } from "./reward-method.ts";
import { writeRewardHead } from "./reward-model.ts";

/** Pairs of a recipe, rendered. */
interface RewardData {
  train: readonly RenderedPair[];
  validation: readonly RenderedPair[];
  notes: readonly string[];
  digest: string;
}

async function readData(recipe: RewardRecipe, { checkpoint, format }: TuneModel): Promise<RewardData> {
  const { batch, truncate, validation, seed } = recipe;
  const longest = checkpoint.config.maxPositionEmbeddings;
  if (batch.length !== null && batch.length > longest)
    throw new RangeError(`batch.length is ${batch.length}, and the model takes ${longest} tokens`);
  const limits = { maxTokens: batch.length ?? Math.min(1024, longest), truncate };
  if (recipe.data.some(({ repeat }) => !Number.isInteger(repeat)))
    throw new RangeError("repeat takes whole numbers for a reward model; give a smaller file instead");
  const files = recipe.data.map(({ file }) => file);
  const notes: string[] = [];
  const read = async (paths: readonly string[]): Promise<readonly PreferencePair[]> => {
    const found = await readPairs(paths);
    const kept = keepGraded(found.records, await readGrades(paths), recipe.grades);
    notes.push(...found.notes, ...kept.notes);
    return kept.pairs;
  };
  const own = await read(files);
  let train = own;
  let held = validation.files.length > 0 ? await read(validation.files) : [];
  if (validation.files.length === 0 && validation.share > 0) {
    const count = Math.min(validation.most, Math.round(validation.share * own.length));
    const chosen = new Set(shuffledOrder(own.length, seed, -2).subarray(0, count));
    train = own.filter((_, index) => !chosen.has(index));
    held = own.filter((_, index) => chosen.has(index));
    if (train.length === 0) throw new RangeError("Validation takes every pair; lower validation.share");
    if (count === 0) notes.push(`${own.length} pairs are too few to hold some out: no validation`);
  }
  const repeats = new Map(recipe.data.map(({ file, repeat }) => [file, repeat]));
  const repeated = train.flatMap((pair) =>
    Array<PreferencePair>(repeats.get(pair.source.slice(0, pair.source.lastIndexOf(":"))) ?? 1).fill(pair),
  );
  const rendered = renderPairs(format, repeated, limits);
  const renderedHeld = held.length === 0 ? { examples: [], notes: [] } : renderPairs(format, held, limits);
  const hash = createHash("sha256");
  for (const path of [...files, ...validation.files])
    hash.update(createHash("sha256").update(readFileSync(path)).digest());
  return {
    train: rendered.examples,
    validation: renderedHeld.examples,
    notes: [...new Set([...notes, ...rendered.notes, ...renderedHeld.notes])],
    digest: hash.digest("hex"),
  };
}

/** Trains a reward model as a recipe says: from pairs to OUT/model, a folder that `scoreWith` takes. */
export async function runReward(recipe: RewardRecipe, options: RunTuneOptions = {}): Promise<TuneResult> {
  if (options.backend !== undefined) return await runOn(options.backend, [], recipe, options);
  const { backend, degradations } = chooseTrainBackend(options.choice);
  await using _ = backend;
  return await runOn(backend, degradations, recipe, options);
}

async function runOn(
  backend: TrainBackend,
  degradations: readonly Degradation[],
  recipe: RewardRecipe,
  options: RunTuneOptions,
): Promise<TuneResult> {
  const { signal, listener } = options;
  const { seed, epochs, maxSteps, batch, lora, out } = recipe;
  const model = openTuneModel(recipe.model);
  const data = await readData(recipe, model);
  signal?.throwIfAborted();
  const rows = [...data.train, ...data.validation].map(scoredRows);
  const maxRows = Math.max(batch.microTokens, ...rows);
  const method = rewardMethod({
    pairs: data.train,
    validation: data.validation,
    batchPairs: batch.pairs,
    epochs,
    seed,
    maxRows,
    ...(maxSteps !== null && { maxSteps }),
  });
  const { steps } = method;
  mkdirSync(out, { recursive: true });
  await using session = createSession(
    {
      model: paramsFromCheckpoint(model.checkpoint),
      head: "score",
      seed,
      maxRows,
      maxOutputs: maxRows,
      optimizer: recipe.optimizer,
      products: recipe.products,
      trainable: true,
      ...(lora !== null && { lora }),
    },
    backend,
  );
  const trainRows = rows.slice(0, data.train.length).reduce((sum, each) => sum + each, 0);
  options.onStart?.({
    steps,
    examples: data.train.length,
    validation: data.validation.length,
    // Frozen weights have no gradient, which is a third of the work.
    operationsPerToken: ((lora === null ? 6 : 4) * session.parameterCount * trainRows) / data.train.length,
    trainableCount: session.trainableCount,
    parameterCount: session.parameterCount,
    backend: session.backend,
    threads: backend.threads,
    degradations,
    notes: data.notes,
  });
  const { warmupSteps, ...shape } = recipe.schedule;
  const run = await runTraining({
    session,
    method,
    schedule: checkSchedule({
      ...shape,
      peak: recipe.learningRate,
      steps,
      warmupSteps: Math.min(steps, warmupSteps ?? Math.round(steps / 20)),
    }),
    folder: out,
    checkpointEvery: recipe.checkpointEvery ?? Math.max(1, Math.round(steps / 20)),
    evalEvery: recipe.evalEvery ?? Math.max(1, Math.round(steps / 10)),
    sampleEvery: 0,
    keep: recipe.keep,
    resume: options.resume === true,
    identity: identityOf(recipe, model, data),
    listener,
    signal,
  });
  const metrics = join(out, "metrics.jsonl");
  const evaluations = (existsSync(metrics) ? parseEvents(readFileSync(metrics)) : []).flatMap((event) =>
    event.event === "eval" ? [event.values] : [],
  );
  const [before, after] = [evaluations[0] ?? {}, evaluations.at(-1) ?? {}];
  const paths =
    run.stopped === "finished" ? [await writeRewardModel(run.session, model, recipe, { after, signal })] : [];
  const { stopped, step, tokens, seconds } = run;
  return { stopped, step, steps, tokens, seconds, before, after, paths };
}

/** What a run may not change when it goes on. */
function identityOf(
  recipe: RewardRecipe,
  model: TuneModel,
  data: RewardData,
): { settings: Record<string, unknown>; tokenizer: string } {
  const { lora, seed, epochs, maxSteps, batch, learningRate, schedule, optimizer, products, grades } = recipe;
  const settings = {
    lora,
    seed,
    epochs,
    maxSteps,
    batch,
    learningRate,
    schedule,
    optimizer,
    products,
    grades,
  };
  const examples = [data.train.length, data.validation.length];
  return {
    settings: { method: "reward", ...settings, examples, model: model.digest, data: data.digest },
    tokenizer: model.tokenizerDigest,
  };
}

async function writeRewardModel(
  session: TrainSession,
  model: TuneModel,
  recipe: RewardRecipe,
  { after, signal }: { after: Readonly<Record<string, number>>; signal: AbortSignal | undefined },
): Promise<string> {
  const path = join(recipe.out, "model");
  rmSync(path, { recursive: true, force: true });
  const head = session.state().tensors.get(`value/${SCORE_WEIGHT}`)!;
  await convertModel(tunedCheckpoint(session, model, recipe), path, {
    container: "safetensors",
    format: recipe.format,
    signal,
  });
  const { learningRate, epochs, seed, grades, lora } = recipe;
  writeRewardHead(path, head, {
    format: "llamero-reward",
    version: 1,
    base: model.checkpoint.name,
    evaluation: after,
    settings: { learningRate, epochs, seed, grades, lora },
  });
  return path;
}
