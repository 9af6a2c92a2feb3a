import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { convertModel } from "@llamero/core";
import { homeFolder } from "@llamero/core/hub/store";
import type { Degradation, TrainBackend } from "@llamero/kernels";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { type RunResult, runTraining } from "../loop/run-training.ts";
import { checkSchedule, type Schedule } from "../optim/schedule.ts";
import type { RunListener } from "../run/run-event.ts";
import { parseEvents } from "../run/run-log.ts";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { createSession } from "../session/create-session.ts";
import { checkpointFromParams } from "../session/model-params.ts";
import type { ModelParams, TrainSession } from "../session/session.ts";
import { MixPlan } from "./mix-plan.ts";
import { modelCard } from "./model-card.ts";
import { openData, type PretrainCorpora } from "./open-data.ts";
import { type InitialModel, openInitialModel } from "./open-model.ts";
import { type OpenedTokenizer, openTokenizer } from "./open-tokenizer.ts";
import { pretrainMethod } from "./pretrain-method.ts";
import type { PretrainRecipe } from "./recipe.ts";
import { sampleTexts } from "./sample-texts.ts";
import { batchTokens, type LengthStage, lengthStages, mixPhases, stageIndexOf } from "./stages.ts";
import type { TokenizeProgress } from "./tokenize-corpus.ts";

export interface PretrainOptions {
  /** The run's folder; `runs/NAME` in LLAMERO_HOME without it. */
  folder?: string;
  /** Goes on with the run in the folder, if there is one. */
  resume?: boolean;
  listener?: RunListener | undefined;
  signal?: AbortSignal | undefined;
  backend?: "native" | "reference";
  threads?: number;
  /** Where token shards are kept; `tokens` in LLAMERO_HOME without it. */
  tokensFolder?: string;
  onTokenize?: ((progress: TokenizeProgress) => void) | undefined;
  /** Told once, before the first step. */
  onStart?: ((start: PretrainStart) => void) | undefined;
}

/** What is about to be trained on what. */
export interface PretrainStart {
  folder: string;
  parameters: number;
  backend: string;
  threads: number;
  degradations: readonly Degradation[];
  /** Tokens that the run takes from each source, and how often that goes through it. */
  sources: Readonly<Record<string, { tokens: number; epochs: number }>>;
}

export interface PretrainResult {
  folder: string;
  stopped: RunResult["stopped"];
  step: number;
  tokens: number;
  seconds: number;
  /** Of the last step, or null when none was done now. */
  loss: number | null;
  /** Losses on held-out text before the first step and after the last. */
  before: Readonly<Record<string, number>>;
  after: Readonly<Record<string, number>>;
  /** Losses of the averaged weights, where an average was taken. */
  average: Readonly<Record<string, number>> | null;
  checkpoint: string;
  /** Folder of the finished model in Hugging Face form; null when the run was interrupted. */
  model: string | null;
}

/** The folder of a run that names none. */
export function runFolder(recipe: Pick<PretrainRecipe, "name">): string {
  return join(homeFolder(), "runs", recipe.name);
}

/** Pre-trains a model as the recipe says and writes it as a Hugging Face folder. */
export async function pretrain(
  recipe: PretrainRecipe,
  options: PretrainOptions = {},
): Promise<PretrainResult> {
  const { folder = runFolder(recipe), signal } = options;
  const tokensFolder = options.tokensFolder ?? join(homeFolder(), "tokens");
  const tokenizer = openTokenizer(recipe.tokenizer);
  const initial = openInitialModel(recipe, tokenizer);
  using data = await openData(recipe, tokenizer, tokensFolder, signal, options.onTokenize);
  const run = new PretrainRun(recipe, options, folder, tokenizer, initial, data);
  return await run.train();
}

class PretrainRun {
  readonly #recipe: PretrainRecipe;
  readonly #options: PretrainOptions;
  readonly #folder: string;
  readonly #tokenizer: OpenedTokenizer;
  readonly #initial: InitialModel;
  readonly #data: PretrainCorpora;
  readonly #stages: readonly LengthStage[];

  constructor(
    recipe: PretrainRecipe,
    options: PretrainOptions,
    folder: string,
    tokenizer: OpenedTokenizer,
    initial: InitialModel,
    data: PretrainCorpora,
  ) {
    this.#recipe = recipe;
    this.#options = options;
    this.#folder = folder;
    this.#tokenizer = tokenizer;
    this.#initial = initial;
    this.#data = data;
    this.#stages = lengthStages(recipe, initial.params.config);
  }

  async train(): Promise<PretrainResult> {
    const { backend: name, threads } = this.#options;
    const { backend, degradations } = chooseTrainBackend({
      ...(name === undefined ? {} : { backend: name }),
      ...(threads === undefined ? {} : { threads }),
    });
    await using _ = backend;
    const { batch, anneal, data } = this.#recipe;
    const { phases, shares } = mixPhases(this.#recipe, this.#stages, this.#data);
    const plan = new MixPlan(phases, (step) => batchTokens(this.#recipe, step), this.#recipe.seed);
    const schedule = this.#schedule();
    const rowsOf = (step: number): number =>
      this.#stages[stageIndexOf(this.#stages, Math.min(step, batch.steps - 1))]!.rows;
    const method = pretrainMethod({
      steps: batch.steps,
      plan,
      corpora: this.#data.corpora,
      rowsOf,
      heldOut: this.#data.tables("heldOut", batch.length),
      heldOutTokens: data.validation.tokens,
      shares,
      ...(this.#recipe.samples.prompts.length === 0 ? {} : { sample: (session) => this.#sample(session) }),
    });
    await using sessions = new StageSessions(this.#stages, (stage) => this.#open(stage, backend));
    const session = await sessions.first();
    this.#writeStart(session, backend, degradations, plan);
    const annealFrom = batch.steps - (anneal?.steps ?? 0);
    const result = await runTraining({
      session,
      method,
      schedule,
      folder: this.#folder,
      checkpointEvery: this.#recipe.checkpointEvery,
      evalEvery: this.#recipe.evalEvery,
      sampleEvery: this.#recipe.sampleEvery,
      keep: this.#recipe.keep,
      resume: this.#options.resume === true,
      identity: { settings: this.#settings(), tokenizer: this.#tokenizer.digest },
      listener: this.#options.listener,
      signal: this.#options.signal,
      ...(anneal === null || anneal.averageEvery === 0
        ? {}
        : { average: { from: annealFrom + anneal.averageEvery, every: anneal.averageEvery } }),
      renew: (step) => sessions.at(step),
    });
    const losses = this.#evaluations();
    const isFinished = result.stopped === "finished";
    const final = this.#finalParams(result);
    const average =
      isFinished && result.average !== null && method.evaluate !== undefined
        ? await this.#evaluateWith(final, backend, method.evaluate)
        : null;
    const summary: PretrainResult = {
      folder: this.#folder,
      stopped: result.stopped,
      step: result.step,
      tokens: result.tokens,
      seconds: result.seconds,
      loss: Number.isNaN(result.loss) ? null : result.loss,
      before: losses[0] ?? {},
      after: losses.at(-1) ?? {},
      average,
      checkpoint: result.checkpoint,
      model: isFinished ? await this.#export(final) : null,
    };
    if (summary.model !== null) this.#writeCard(summary.model, summary, final, plan);
    if (isFinished) writeAtomic(join(this.#folder, "result.json"), `${JSON.stringify(summary, null, 2)}\n`);
    return summary;
  }

  #schedule(): Schedule {
    const { batch, anneal, schedule, learningRate } = this.#recipe;
    return checkSchedule({
      ...schedule,
      peak: learningRate,
      steps: batch.steps,
      annealSteps: anneal?.steps ?? 0,
    });
  }

  #open({ rows, config }: LengthStage, backend: TrainBackend, params?: ModelParams): TrainSession {
    const { seed, optimizer, products } = this.#recipe;
    const options = {
      model: { ...(params ?? this.#initial.params), config },
      head: "next-token" as const,
      seed,
      maxRows: rows,
      maxOutputs: rows,
      optimizer,
      products,
      trainable: params === undefined,
    };
    return createSession(options, backend);
  }

  async #evaluateWith(
    params: ModelParams,
    backend: TrainBackend,
    evaluate: (session: TrainSession, signal?: AbortSignal) => Promise<Readonly<Record<string, number>>>,
  ): Promise<Readonly<Record<string, number>>> {
    await using session = this.#open(this.#stages.at(-1)!, backend, params);
    return await evaluate(session, this.#options.signal);
  }

  #sample(session: TrainSession): Promise<{ prompt: string; text: string }[]> {
    const { seed, samples } = this.#recipe;
    const { threads, signal } = this.#options;
    return sampleTexts(session.model(), this.#tokenizer, samples, { seed, threads, signal });
  }

  /** All that changes what is learned, with the data by its content instead of its place. */
  #settings(): Record<string, unknown> {
    const { seed, model, data, batch, learningRate, schedule, optimizer, products, anneal, long } =
      this.#recipe;
    const { mix, replay, validation } = data;
    const { checkpoint } = this.#initial;
    return {
      seed,
      model,
      init: checkpoint === null ? null : { name: checkpoint.name, sizeBytes: checkpoint.sizeBytes },
      data: { sources: this.#data.describe(), mix, replay, validation },
      batch,
      learningRate,
      schedule,
      optimizer,
      products,
      anneal,
      long,
    };
  }

  /** Writes run.json and tells what is about to happen. */
  #writeStart(
    session: TrainSession,
    backend: TrainBackend,
    degradations: readonly Degradation[],
    plan: MixPlan,
  ): void {
    mkdirSync(this.#folder, { recursive: true });
    const sources = Object.fromEntries(plan.totals(this.#recipe.batch.steps));
    const { parameterCount } = session;
    const path = join(this.#folder, "run.json");
    if (!existsSync(path)) {
      const { checkpoint } = this.#initial;
      const run = {
        version: 1,
        kind: "pretrain",
        name: this.#recipe.name,
        startedAt: new Date().toISOString(),
        software: { llamero: ownVersion(), node: process.version },
        machine: { platform: process.platform, architecture: process.arch },
        backend: backend.name,
        threads: backend.threads,
        parameters: parameterCount,
        config: this.#stages.at(-1)!.config,
        recipe: this.#recipe,
        tokenizer: { file: basename(this.#recipe.tokenizer), sha256: this.#tokenizer.digest },
        data: Object.fromEntries(
          [...this.#data.corpora].map(([name, { index }]) => [
            name,
            { files: index.files, documents: index.documents, tokens: index.tokens, planned: sources[name] },
          ]),
        ),
        lineage: checkpoint === null ? [] : [{ name: checkpoint.name, path: checkpoint.path }],
      };
      writeAtomic(path, `${JSON.stringify(run, null, 2)}\n`);
    }
    this.#options.onStart?.({
      folder: this.#folder,
      parameters: parameterCount,
      backend: backend.name,
      threads: backend.threads,
      degradations,
      sources,
    });
  }

  /** The evaluations of the whole run, parts before a resume too. */
  #evaluations(): Readonly<Record<string, number>>[] {
    return parseEvents(readFileSync(join(this.#folder, "metrics.jsonl"))).flatMap((event) =>
      event.event === "eval" ? [event.values] : [],
    );
  }

  /** The average where one was taken, with the shape of the last stage. */
  #finalParams({ session, average }: RunResult): ModelParams {
    const params = session.model();
    const values = average === null ? params.values : new Map([...params.values, ...average]);
    return { ...params, values, config: this.#stages.at(-1)!.config };
  }

  #writeCard(folder: string, result: PretrainResult, params: ModelParams, plan: MixPlan): void {
    const totals = plan.totals(result.step);
    const card = modelCard(this.#recipe, {
      config: params.config,
      parameters: [...params.values.values()].reduce((sum, { length }) => sum + length, 0),
      tokens: result.tokens,
      steps: result.step,
      sources: Object.fromEntries(
        [...this.#data.corpora].map(([name, { index }]) => [
          name,
          { documents: index.documents, tokens: totals.get(name)?.tokens ?? 0 },
        ]),
      ),
      before: result.before,
      after: result.average ?? result.after,
      init: this.#initial.checkpoint?.name ?? null,
      isAveraged: result.average !== null,
    });
    writeAtomic(join(folder, "README.md"), card);
  }

  async #export(params: ModelParams): Promise<string> {
    const path = join(this.#folder, "model");
    const { checkpoint } = this.#initial;
    const { source, beginId, endId } = this.#tokenizer;
    // A model that is there already is one that an earlier call wrote from the same steps.
    rmSync(path, { recursive: true, force: true });
    await convertModel(
      checkpointFromParams(params, {
        name: this.#recipe.name,
        tokenizer: source,
        chatTemplate: checkpoint?.chatTemplate ?? null,
        bosTokenId: beginId,
        eosTokenIds: endId === null ? [] : [endId],
      }),
      path,
      { container: "safetensors", format: "bf16" },
    );
    return path;
  }
}

/** The session of each stage, opened when its first step comes. */
class StageSessions implements AsyncDisposable {
  readonly #stages: readonly LengthStage[];
  readonly #open: (stage: LengthStage) => TrainSession;
  #index = 0;
  #current: TrainSession | null = null;
  /** Its state was not carried over yet when it was replaced. */
  #left: TrainSession | null = null;

  constructor(stages: readonly LengthStage[], open: (stage: LengthStage) => TrainSession) {
    this.#stages = stages;
    this.#open = open;
  }

  async first(): Promise<TrainSession> {
    this.#current = this.#open(this.#stages[0]!);
    return this.#current;
  }

  /** Another session where the step is of another stage. */
  async at(step: number): Promise<TrainSession | null> {
    await this.#left?.[Symbol.asyncDispose]();
    this.#left = null;
    const index = stageIndexOf(this.#stages, step);
    if (index === this.#index) return null;
    this.#left = this.#current;
    this.#index = index;
    this.#current = this.#open(this.#stages[index]!);
    return this.#current;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#left?.[Symbol.asyncDispose]();
    await this.#current?.[Symbol.asyncDispose]();
  }
}

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
