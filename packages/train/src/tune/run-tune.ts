import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Message } from "@llamero/core";
import type { Degradation, TrainBackend } from "@llamero/kernels";
import { rowsOf } from "../batch/pack.ts";
import type { RunIdentity } from "../checkpoint/identity.ts";
import { dpoMethod } from "../dpo/dpo-method.ts";
import { pairRows } from "../dpo/pair-batch.ts";
import { readReferences } from "../dpo/stored-reference.ts";
import { lineageFile, writeLineageRecord } from "../lineage/record.ts";
import type { TrainMethod } from "../loop/method.ts";
import { type RunResult, runTraining } from "../loop/run-training.ts";
import { checkSchedule } from "../optim/schedule.ts";
import type { RunEvent, RunListener } from "../run/run-event.ts";
import { parseEvents } from "../run/run-log.ts";
import { chooseTrainBackend, type TrainBackendOptions } from "../session/choose-backend.ts";
import { createSession } from "../session/create-session.ts";
import { paramsFromCheckpoint } from "../session/model-params.ts";
import type { ModelParams, SessionOptions } from "../session/session.ts";
import { sftMethod } from "../sft/sft-method.ts";
import { answerQuestions } from "./answer-questions.ts";
import { writeCard } from "./model-card.ts";
import { tunedCheckpoint, writeTuned } from "./output.ts";
import { prepareConversations, preparePairs } from "./prepare.ts";
import type { TuneRecipe } from "./recipe.ts";
import { formatIds, openTuneModel, type TuneModel } from "./tune-model.ts";

export interface RunTuneOptions {
  /** Goes on at the newest checkpoint of the folder if there is one. */
  resume?: boolean;
  signal?: AbortSignal;
  listener?: RunListener;
  /** Told before the first step: what was left out, sizes. */
  onStart?(start: TuneStart): void;
  /** Of the caller's, which stays open; without it, one is chosen by `choice`. */
  backend?: TrainBackend;
  choice?: TrainBackendOptions;
}

export interface TuneStart {
  steps: number;
  examples: number;
  validation: number;
  /** Of one token with a loss (or one pair): forward and backward of all rows that it takes. */
  operationsPerToken: number;
  trainableCount: number;
  parameterCount: number;
  backend: string;
  threads: number;
  degradations: readonly Degradation[];
  notes: readonly string[];
}

export interface TuneResult {
  stopped: RunResult["stopped"];
  step: number;
  steps: number;
  tokens: number;
  seconds: number;
  /** On the validation data before the first step and after the last; empty without validation. */
  before: Readonly<Record<string, number>>;
  after: Readonly<Record<string, number>>;
  /** What was written; empty when interrupted. */
  paths: readonly string[];
}

/** Sizes of the session: rows and output rows of the largest batch. */
interface Limits {
  maxRows: number;
  maxOutputs: number;
}

/** Bytes that the logits of a batch and their gradient may take. */
const logitBytes = 2 ** 28;

function limitsFor(
  sizes: readonly { rows: number; outputs: number }[],
  recipe: TuneRecipe,
  vocabSize: number,
): Limits {
  let [rows, outputs] = [0, 0];
  for (const size of sizes) {
    rows = Math.max(rows, size.rows);
    outputs = Math.max(outputs, size.outputs);
  }
  const maxRows = Math.max(rows, recipe.batch.microTokens);
  return {
    maxRows,
    maxOutputs: Math.max(outputs, Math.min(maxRows, Math.floor(logitBytes / (8 * vocabSize)))),
  };
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

const countOutputs = (weights: Float32Array): number =>
  weights.reduce((sum, w) => sum + (w === 0 ? 0 : 1), 0);

/** A method that waits for its session's options, and what it was made of. */
interface MethodPlan {
  limits: Limits;
  examples: number;
  validation: number;
  /** Rows of the training data for each token with a loss, or each pair. */
  rowsPerToken: number;
  notes: readonly string[];
  dataDigest: string;
  questions: readonly (readonly Message[])[];
  open(frozen: Omit<SessionOptions, "trainable">, sample: TrainMethod["sample"]): Promise<TrainMethod>;
}

async function planSft(recipe: TuneRecipe, model: TuneModel): Promise<MethodPlan> {
  const data = await prepareConversations(recipe, model);
  const sizes = [...data.train, ...data.validation].map((example) => ({
    rows: rowsOf(example),
    outputs: countOutputs(example.weights),
  }));
  const limits = limitsFor(sizes, recipe, model.checkpoint.config.vocabSize);
  const { epochs, seed, maxSteps, batch } = recipe;
  const trained = sizes.slice(0, data.train.length);
  return {
    limits,
    rowsPerToken: total(trained.map(({ rows }) => rows)) / total(trained.map(({ outputs }) => outputs)),
    examples: data.train.length,
    validation: data.validation.length,
    notes: data.notes,
    dataDigest: data.digest,
    questions: data.questions,
    open: async (_, sample) =>
      sftMethod({
        examples: data.train,
        validation: data.validation,
        batchTokens: batch.tokens,
        epochs,
        seed,
        limits,
        ...(maxSteps !== null && { maxSteps }),
        ...(sample !== undefined && { sample }),
      }),
  };
}

async function planDpo(
  recipe: TuneRecipe,
  model: TuneModel,
  backend: TrainBackend,
  signal: AbortSignal | undefined,
): Promise<MethodPlan> {
  const data = await preparePairs(recipe, model);
  const all = [...data.train, ...data.validation];
  const sizes = all.map((pair) => ({
    rows: pairRows(pair),
    outputs: countOutputs(pair.chosen.weights) + countOutputs(pair.rejected.weights),
  }));
  const limits = limitsFor(sizes, recipe, model.checkpoint.config.vocabSize);
  const pairLimits = { ...limits, formatIds: formatIds(model) };
  const { epochs, seed, maxSteps, batch, beta, nllWeight, out } = recipe;
  return {
    limits,
    rowsPerToken: total(data.train.map(pairRows)) / data.train.length,
    examples: data.train.length,
    validation: data.validation.length,
    notes: data.notes,
    dataDigest: data.digest,
    questions: data.questions,
    async open(options, sample) {
      const references = await readReferences(join(out, "reference.json"), all, pairLimits, {
        model: model.digest,
        open: () => {
          const { lora: _, ...frozen } = options;
          return createSession({ ...frozen, trainable: false }, backend);
        },
        signal,
      });
      return dpoMethod({
        pairs: data.train,
        reference: references.slice(0, data.train.length),
        validation: data.validation,
        validationReference: references.slice(data.train.length),
        batchPairs: batch.pairs,
        epochs,
        seed,
        beta,
        nllWeight,
        limits: pairLimits,
        ...(maxSteps !== null && { maxSteps }),
        ...(sample !== undefined && { sample }),
      });
    },
  };
}

/** What a run may not change when it goes on. */
function identityOf(recipe: TuneRecipe, model: TuneModel, plan: MethodPlan): RunIdentity {
  const { method, lora, seed, epochs, maxSteps, batch, learningRate, schedule, optimizer, products } = recipe;
  const preference = method === "dpo" ? { beta: recipe.beta, nllWeight: recipe.nllWeight } : {};
  const settings = {
    method,
    lora,
    seed,
    epochs,
    maxSteps,
    batch,
    learningRate,
    schedule,
    optimizer,
    products,
  };
  const examples = [plan.examples, plan.validation];
  const repeats = recipe.data.map(({ repeat }) => repeat);
  return {
    settings: { ...settings, ...preference, examples, repeats, model: model.digest, data: plan.dataDigest },
    tokenizer: model.tokenizerDigest,
  };
}

/** Fine-tunes a model as a recipe says, from its files to the result in the run's folder. */
export async function runTune(recipe: TuneRecipe, options: RunTuneOptions = {}): Promise<TuneResult> {
  if (options.backend !== undefined) return await runOn(options.backend, [], recipe, options);
  const { backend, degradations } = chooseTrainBackend(options.choice);
  await using _ = backend;
  return await runOn(backend, degradations, recipe, options);
}

async function runOn(
  backend: TrainBackend,
  degradations: readonly Degradation[],
  recipe: TuneRecipe,
  options: RunTuneOptions,
): Promise<TuneResult> {
  const { signal, listener } = options;
  const model = openTuneModel(recipe.model);
  const plan = await (recipe.method === "sft"
    ? planSft(recipe, model)
    : planDpo(recipe, model, backend, signal));
  signal?.throwIfAborted();
  mkdirSync(recipe.out, { recursive: true });
  const params: ModelParams = paramsFromCheckpoint(model.checkpoint);
  const sessionOptions: Omit<SessionOptions, "trainable"> = {
    model: params,
    head: "next-token",
    seed: recipe.seed,
    ...plan.limits,
    optimizer: recipe.optimizer,
    products: recipe.products,
    ...(recipe.lora !== null && { lora: recipe.lora }),
  };
  const questions: readonly (readonly Message[])[] =
    recipe.samples.prompts.length > 0
      ? recipe.samples.prompts.map((content) => [{ role: "user", content }])
      : plan.questions;
  const sample: TrainMethod["sample"] = async (current, sampleSignal) => {
    const answers = await answerQuestions(tunedCheckpoint(current, model, recipe), questions, {
      maxTokens: recipe.samples.maxTokens,
      ...(sampleSignal !== undefined && { signal: sampleSignal }),
    });
    return answers.map((text, i) => ({ prompt: questions[i]!.at(-1)!.content, text }));
  };
  const method = await plan.open(sessionOptions, sample);
  const { steps } = method;
  await using session = createSession({ ...sessionOptions, trainable: true }, backend);
  options.onStart?.({
    steps,
    examples: plan.examples,
    validation: plan.validation,
    // Frozen weights have no gradient, which is a third of the work.
    operationsPerToken: (recipe.lora === null ? 6 : 4) * session.parameterCount * plan.rowsPerToken,
    trainableCount: session.trainableCount,
    parameterCount: session.parameterCount,
    backend: session.backend,
    threads: backend.threads,
    degradations,
    notes: plan.notes,
  });
  const every = (given: number | null, times: number): number =>
    given ?? Math.max(1, Math.round(steps / times));
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
    folder: recipe.out,
    checkpointEvery: every(recipe.checkpointEvery, 20),
    evalEvery: every(recipe.evalEvery, 10),
    sampleEvery: every(recipe.sampleEvery, 2),
    keep: recipe.keep,
    resume: options.resume === true,
    identity: identityOf(recipe, model, plan),
    listener,
    signal,
  });
  const finished = run.stopped === "finished";
  const paths = finished ? await writeTuned(run.session, model, recipe, signal) : [];
  if (finished) {
    writeFileSync(join(recipe.out, "recipe.json"), `${JSON.stringify(recipe, null, 2)}\n`);
    writeLineageRecord(recipe.out, {
      made: recipe.method,
      model: { path: recipe.model, digest: model.digest },
      tokenizer: model.tokenizerDigest,
      adapter: null,
      data: recipe.data.map(({ file }) => lineageFile(file)),
      outputs: paths,
    });
  }
  const evaluations = eventsOf(recipe.out).flatMap((event) => (event.event === "eval" ? [event.values] : []));
  const { stopped, step, tokens, seconds } = run;
  const [before, after] = [evaluations[0] ?? {}, evaluations.at(-1) ?? {}];
  if (finished) writeCard(paths[0]!, recipe, model, { steps, examples: plan.examples, before, after });
  return { stopped, step, steps, tokens, seconds, before, after, paths };
}

function eventsOf(folder: string): RunEvent[] {
  const path = join(folder, "metrics.jsonl");
  return existsSync(path) ? parseEvents(readFileSync(path)) : [];
}
