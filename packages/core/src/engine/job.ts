import type { SampleResult } from "@llamero/kernels";
import { Deferred } from "./deferred.ts";
import { EventQueue } from "./event-queue.ts";
import type { ChunkResult } from "./model-runner.ts";
import type { GenerateRequest, ScoredPosition, TokenEvent, TokenLogprob } from "./request.ts";
import type { Sequence } from "./sequence.ts";
import { Stopwatch } from "./stopwatch.ts";

/** A sequence in the engine together with whoever waits for its results. */
export interface Job {
  readonly sequence: Sequence;
  /** A step with a chunk of this job begins. */
  start(): void;
  /** Takes a step's result; true when the job is done. */
  deliver(result: ChunkResult): boolean;
  fail(error: unknown): void;
}

/** Generation: draws tokens until a stop token or the limit, and queues them as events. */
export class GenerateJob implements Job {
  readonly sequence: Sequence;
  readonly events: EventQueue<TokenEvent> = new EventQueue();
  readonly #request: GenerateRequest;
  readonly #contextLimit: number;
  readonly #accept: (token: number) => boolean;
  readonly #stopwatch = new Stopwatch();
  #numGenerated = 0;

  /** `accept` says whether nothing can follow the token. */
  constructor(
    sequence: Sequence,
    options: { request: GenerateRequest; contextLimit: number; accept: (token: number) => boolean },
  ) {
    this.sequence = sequence;
    this.#request = options.request;
    this.#contextLimit = options.contextLimit;
    this.#accept = options.accept;
    this.#numGenerated = options.request.generatedIds?.length ?? 0;
  }

  start(): void {
    this.#stopwatch.start();
  }

  /** What comes after the end of the generation is left out. */
  deliver({ samples }: ChunkResult): boolean {
    return samples.some((sample, i) => this.#take(sample, i < samples.length - 1));
  }

  #take(sample: SampleResult, isGuessed: boolean): boolean {
    this.#stopwatch.token();
    if (this.#request.stopIds.includes(sample.token)) return this.#finish("stop", sample.token);
    this.#numGenerated++;
    this.sequence.append(sample.token);
    if (isGuessed) this.sequence.guesser?.accepted();
    const isOver = this.#accept(sample.token);
    const { token, logprob } = sample;
    this.events.push({ type: "token", token, logprob, top: alternativesOf(sample) });
    if (isOver) return this.#finish("stop", null);
    return this.#numGenerated === this.#request.maxTokens && this.#finish("length", null);
  }

  /** Ends the generation after the tokens already taken by the consumer. */
  stop(): void {
    this.#numGenerated -= this.events.clear().filter(({ type }) => type === "token").length;
    this.#finish("stop", null);
  }

  fail(error: unknown): void {
    this.events.fail(error);
  }

  #finish(reason: "stop" | "length", stopToken: number | null): true {
    const promptTokens = this.#request.promptIds.length;
    const { numCached, numFromDisk, cacheMiss, guesser } = this.sequence;
    const cachedTokens = numCached ?? 0;
    const cachedFromDisk = Math.min(numFromDisk, cachedTokens);
    const usage = {
      promptTokens,
      cachedTokens,
      ...(cachedFromDisk > 0 && { cachedFromDisk }),
      ...(cacheMiss && { cacheMiss }),
      completionTokens: this.#numGenerated,
      ...(guesser && { speculation: { ...guesser.counts } }),
      contextUsed: promptTokens + this.#numGenerated,
      contextLimit: this.#contextLimit,
    };
    const timings = this.#stopwatch.timings(promptTokens - cachedTokens);
    this.events.push({ type: "finish", reason, stopToken, usage, timings });
    return true;
  }
}

function alternativesOf({ topIds, topLogprobs }: SampleResult): TokenLogprob[] {
  return Array.from(topIds, (token, i) => ({ token, logprob: topLogprobs[i]! }));
}

/** Results that are new. After a preemption positions come again: numComputed is already behind this chunk. */
function takeFresh<T>(sequence: Sequence, results: readonly T[]): readonly T[] {
  const firstPosition = sequence.numComputed - results.length;
  const fresh = results.slice(Math.max(0, sequence.numScored - firstPosition));
  sequence.numScored += fresh.length;
  return fresh;
}

/** Teacher-forced scoring: gathers the scores of every position. */
export class ScoreJob implements Job {
  readonly sequence: Sequence;
  readonly #scores: ScoredPosition[] = [];
  readonly #answer = new Deferred<ScoredPosition[]>();

  constructor(sequence: Sequence) {
    this.sequence = sequence;
  }

  get done(): Promise<ScoredPosition[]> {
    return this.#answer.promise;
  }

  start(): void {}

  deliver({ scores }: ChunkResult): boolean {
    const { sequence } = this;
    this.#scores.push(...takeFresh(sequence, scores));
    if (sequence.numScored < sequence.length) return false;
    this.#answer.resolve(this.#scores);
    return true;
  }

  fail(error: unknown): void {
    this.#answer.reject(error);
  }
}

/** Embedding: the final hidden state of the last token, or the mean over all. */
export class EmbedJob implements Job {
  readonly sequence: Sequence;
  #sum: Float64Array | null = null;
  readonly #answer = new Deferred<Float64Array>();

  constructor(sequence: Sequence) {
    this.sequence = sequence;
  }

  get done(): Promise<Float64Array> {
    return this.#answer.promise;
  }

  start(): void {}

  deliver({ hidden }: ChunkResult): boolean {
    const { sequence } = this;
    if (hidden.length === 0) return false;
    if (!sequence.needsEveryRow) {
      this.#answer.resolve(Float64Array.from(hidden[0]!));
      return true;
    }
    for (const row of takeFresh(sequence, hidden)) {
      this.#sum ??= new Float64Array(row.length);
      for (const [i, value] of row.entries()) this.#sum[i]! += value;
    }
    if (sequence.numScored < sequence.length) return false;
    this.#answer.resolve(this.#sum!.map((value) => value / sequence.length));
    return true;
  }

  fail(error: unknown): void {
    this.#answer.reject(error);
  }
}
