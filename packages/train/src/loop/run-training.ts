import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CheckpointStore, type SavedCheckpoint } from "../checkpoint/checkpoint-folder.ts";
import { checkSameRun, type RunIdentity } from "../checkpoint/identity.ts";
import { lockFolder } from "../data/pipeline/lock-folder.ts";
import { learningRateAt, type Schedule } from "../optim/schedule.ts";
import { WeightAverage } from "../optim/weight-average.ts";
import type { RunListener } from "../run/run-event.ts";
import { RunLog } from "../run/run-log.ts";
import type { TrainSession } from "../session/session.ts";
import type { StepLoss, TrainMethod } from "./method.ts";

export interface RunTrainingOptions {
  /** At step 0, or where nothing was trained yet; a checkpoint is restored into it. The caller disposes of it. */
  session: TrainSession;
  method: TrainMethod;
  schedule: Schedule;
  /** The run's folder: metrics.jsonl, checkpoints/, tensorboard/, samples/. */
  folder: string;
  /** Steps between checkpoints; the last step always gets one. */
  checkpointEvery: number;
  /** Steps between evaluations, before the first step too; 0 for none. */
  evalEvery: number;
  /** Steps between samples, and after the last; 0 for none. */
  sampleEvery: number;
  /** Goes on at the newest checkpoint if there is one. Without it a folder with checkpoints is refused. */
  resume: boolean;
  /** A checkpoint of another identity is refused. */
  identity: RunIdentity;
  listener?: RunListener | undefined;
  /** Saves and returns soon after it fires. */
  signal?: AbortSignal | undefined;
  /** Newest checkpoints that stay, besides the best; 2 without it. */
  keep?: number;
  /** Name of the evaluation that the best checkpoint has least of; `validationLoss` without it. */
  best?: string;
  /** Takes the mean of the weights after step `from` and every `every` steps from there on. */
  average?: { from: number; every: number };
  /**
   * Called before each step: another session to go on with, such as one for longer sequences, or null. The state is
   * carried over by the loop; who opens sessions disposes of them.
   */
  renew?(step: number): Promise<TrainSession | null>;
}

export interface RunResult {
  stopped: "finished" | "interrupted";
  /** Optimizer steps done. */
  step: number;
  /** Of the last step, or NaN when none was done now. */
  loss: number;
  tokens: number;
  seconds: number;
  /** Of the last evaluation in this part of the run. */
  evaluation: Readonly<Record<string, number>>;
  /** The last checkpoint. */
  checkpoint: string;
  /** The one that it ended with: `session`, or what `renew` gave. */
  session: TrainSession;
  /** Mean of the weights by name, where an average was taken. */
  average: ReadonlyMap<string, Float32Array> | null;
}

/** A loss or a gradient that is no number. The checkpoint before it is kept. */
export class DivergedError extends Error {
  readonly step: number;

  constructor(step: number, message: string) {
    super(message);
    this.name = "DivergedError";
    this.step = step;
  }
}

/**
 * Trains to the last step of the method, with checkpoints. A run that was stopped at any moment and goes on with
 * `resume` ends with the same bytes as one that was not. Throws DivergedError, naming the records, when the loss is no
 * number.
 */
export async function runTraining(options: RunTrainingOptions): Promise<RunResult> {
  mkdirSync(options.folder, { recursive: true });
  const unlock = lockFolder(options.folder);
  try {
    const store = new CheckpointStore(join(options.folder, "checkpoints"), options.keep);
    store.clean();
    const broken: string[] = [];
    const saved = store.latest((path, why) => broken.push(`${path} was not used: ${why}`));
    if (saved !== null && !options.resume)
      throw new RangeError(
        `${options.folder} holds a run that stands after step ${saved.state.step}; give --resume to go on with it, or another folder`,
      );
    if (saved !== null) checkSameRun(saved.state.identity, options.identity, options.folder);
    using log = new RunLog(options.folder, saved?.state.eventBytes ?? 0, options.listener);
    const run = new TrainingRun(options, store, log, saved);
    for (const text of broken) log.tell({ event: "note", step: run.step, text });
    return await run.finish();
  } finally {
    unlock();
  }
}

class TrainingRun {
  readonly #options: RunTrainingOptions;
  readonly #store: CheckpointStore;
  readonly #log: RunLog;
  readonly #average = new WeightAverage();
  #session: TrainSession;
  #step = 0;
  #tokens = 0;
  #seconds = 0;
  #loss = Number.NaN;
  #records = "";
  #score: number | null = null;
  #evaluation: Readonly<Record<string, number>> = {};
  #savedStep = -1;
  /** What is due after the step was told; `#stepBytes` is the size of the log before it. */
  #isReported = true;
  #stepBytes = 0;

  constructor(
    options: RunTrainingOptions,
    store: CheckpointStore,
    log: RunLog,
    saved: SavedCheckpoint | null,
  ) {
    this.#options = options;
    this.#store = store;
    this.#log = log;
    this.#session = options.session;
    if (saved === null) return;
    const { step, tokens, seconds, averaged } = saved.state;
    const tensors = saved.tensors();
    const own = new Map([...tensors].filter(([name]) => !name.startsWith(WeightAverage.prefix)));
    this.#session.restore({ step, tensors: own });
    this.#average.restore(averaged, tensors);
    this.#step = step;
    this.#tokens = tokens;
    this.#seconds = seconds;
    this.#records = saved.state.records;
    this.#score = saved.state.score;
    this.#savedStep = step;
    this.#isReported = saved.state.isReported;
    this.#stepBytes = log.bytes;
    if (this.#isReported) log.tell({ event: "checkpoint", step, path: saved.path });
  }

  get step(): number {
    return this.#step;
  }

  async finish(): Promise<RunResult> {
    const { method, signal } = this.#options;
    try {
      await this.#renew(Math.max(0, this.#step - 1));
      if (this.#step === 0 && method.steps > 0) await this.#evaluate();
      if (!this.#isReported) await this.#report();
      while (this.#step < method.steps) {
        signal?.throwIfAborted();
        await this.#train();
        await this.#report();
      }
    } catch (error) {
      if (signal?.aborted === true) return this.#interrupted();
      const why = error instanceof Error ? error.message : String(error);
      this.#log.tell({ event: "done", step: this.#step, seconds: this.#seconds, stopped: "failed", why });
      throw error;
    }
    this.#save();
    return this.#done("finished");
  }

  /** One optimizer step. */
  async #train(): Promise<void> {
    const { method, schedule, signal, average } = this.#options;
    await this.#renew(this.#step);
    const step = this.#step;
    const startedAt = performance.now();
    const found = await method.accumulate(this.#session, step, signal);
    if (!Number.isFinite(found.loss))
      throw this.#diverged(`The loss of step ${step} is ${found.loss}`, found);
    const learningRate = learningRateAt(schedule, step);
    const gradientNorm = this.#update(learningRate, found);
    const seconds = (performance.now() - startedAt) / 1000;
    this.#step++;
    this.#tokens += found.tokens;
    this.#seconds += seconds;
    this.#loss = found.loss;
    this.#records = found.records;
    this.#score = null;
    if (
      average !== undefined &&
      this.#step >= average.from &&
      (this.#step - average.from) % average.every === 0
    )
      this.#average.add(this.#session.model().values);
    this.#log.tell({
      event: "step",
      step: this.#step,
      tokens: this.#tokens,
      loss: found.loss,
      learningRate,
      gradientNorm,
      tokensPerSecond: found.tokens / seconds,
      seconds: this.#seconds,
      ...(found.more === undefined ? {} : { more: found.more }),
    });
    this.#isReported = false;
    this.#stepBytes = this.#log.bytes;
  }

  /** Goes over to the session that a step wants. */
  async #renew(step: number): Promise<void> {
    const next = (await this.#options.renew?.(step)) ?? null;
    if (next === null) return;
    next.restore(this.#session.state());
    this.#session = next;
  }

  #update(learningRate: number, found: StepLoss): number {
    const diverged = (norm: number): DivergedError =>
      this.#diverged(`The gradient of step ${this.#step} has norm ${norm}`, found);
    try {
      const { gradientNorm } = this.#session.update(learningRate, found.gradientScale);
      if (!Number.isFinite(gradientNorm)) throw diverged(gradientNorm);
      return gradientNorm;
    } catch (error) {
      if (error instanceof DivergedError) throw error;
      const norm = this.#session.gradientNorm();
      throw Number.isFinite(norm) ? error : diverged(norm);
    }
  }

  /** What is due after a step; evaluation first, since the checkpoint holds its score. */
  async #report(): Promise<void> {
    const { method, evalEvery, sampleEvery, checkpointEvery } = this.#options;
    const isLast = this.#step === method.steps;
    const isDue = (every: number): boolean => every > 0 && (isLast || this.#step % every === 0);
    if (isDue(evalEvery)) await this.#evaluate();
    if (isDue(sampleEvery)) await this.#sample();
    this.#isReported = true;
    const isBest = this.#score !== null && this.#score < this.#store.leastScore();
    if (isLast || isDue(checkpointEvery) || isBest) this.#save();
  }

  async #evaluate(): Promise<void> {
    const { method, evalEvery, signal, best = "validationLoss" } = this.#options;
    if (evalEvery === 0 || method.evaluate === undefined) return;
    this.#evaluation = await method.evaluate(this.#session, signal);
    this.#log.tell({ event: "eval", step: this.#step, values: this.#evaluation });
    this.#score = this.#evaluation[best] ?? null;
  }

  async #sample(): Promise<void> {
    const samples = (await this.#options.method.sample?.(this.#session, this.#options.signal)) ?? [];
    for (const { prompt, text } of samples)
      this.#log.tell({ event: "sample", step: this.#step, prompt, text });
  }

  #diverged(what: string, { records }: StepLoss): DivergedError {
    const kept =
      this.#savedStep < 0
        ? "nothing was saved before"
        : `the checkpoint of step ${this.#savedStep} is kept: ${this.#store.path(this.#savedStep)}`;
    return new DivergedError(
      this.#step,
      `${what}, learning from ${records}; ${kept}. Look at these records, lower the learning rate or clip the gradient`,
    );
  }

  #save(): void {
    if (this.#savedStep === this.#step) return;
    this.#log.sync();
    const tensors = new Map([...this.#session.state().tensors, ...this.#average.tensors()]);
    const path = this.#store.save(
      {
        step: this.#step,
        tokens: this.#tokens,
        seconds: this.#seconds,
        identity: this.#options.identity,
        records: this.#records,
        isReported: this.#isReported,
        eventBytes: this.#isReported ? this.#log.bytes : this.#stepBytes,
        score: this.#score,
        averaged: this.#average.count,
      },
      tensors,
    );
    this.#savedStep = this.#step;
    this.#log.tell({ event: "checkpoint", step: this.#step, path });
  }

  /** Where the signal fired: what the step had added up is dropped, and the last whole step is saved. */
  #interrupted(): RunResult {
    this.#session.zeroGradients();
    this.#save();
    return this.#done("interrupted");
  }

  #done(stopped: RunResult["stopped"]): RunResult {
    this.#log.tell({ event: "done", step: this.#step, seconds: this.#seconds, stopped });
    this.#log.sync();
    return {
      stopped,
      step: this.#step,
      loss: this.#loss,
      tokens: this.#tokens,
      seconds: this.#seconds,
      evaluation: this.#evaluation,
      checkpoint: this.#store.path(this.#savedStep),
      session: this.#session,
      average: this.#average.values(),
    };
  }
}
