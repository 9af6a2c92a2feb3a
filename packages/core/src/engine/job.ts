import type { SampleResult } from "@llamero/kernels";
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

/** Teacher-forced scoring: gathers the scores of every position. */
export class ScoreJob implements Job {
  readonly sequence: Sequence;
  readonly done: Promise<ScoredPosition[]>;
  readonly #scores: ScoredPosition[] = [];
  #resolve!: (scores: ScoredPosition[]) => void;
  #reject!: (error: unknown) => void;

  constructor(sequence: Sequence) {
    this.sequence = sequence;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(): void {}

  deliver({ scores }: ChunkResult): boolean {
    // After a preemption positions may come a second time: numComputed is already behind this chunk.
    const { sequence } = this;
    const firstPosition = sequence.numComputed - scores.length;
    const fresh = scores.slice(Math.max(0, sequence.numScored - firstPosition));
    this.#scores.push(...fresh);
    sequence.numScored += fresh.length;
    if (sequence.numScored < sequence.length) return false;
    this.#resolve(this.#scores);
    return true;
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

/** Embedding: the final hidden state of the last token, or the mean over all. */
export class EmbedJob implements Job {
  readonly sequence: Sequence;
  readonly done: Promise<Float64Array>;
  #sum: Float64Array | null = null;
  #resolve!: (vector: Float64Array) => void;
  #reject!: (error: unknown) => void;

  constructor(sequence: Sequence) {
    this.sequence = sequence;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(): void {}

  deliver({ hidden }: ChunkResult): boolean {
    const { sequence } = this;
    if (hidden.length === 0) return false;
    if (!sequence.needsEveryRow) {
      this.#resolve(Float64Array.from(hidden[0]!));
      return true;
    }
    // As with scores, positions may come a second time after a preemption.
    const firstPosition = sequence.numComputed - hidden.length;
    for (const row of hidden.slice(Math.max(0, sequence.numScored - firstPosition))) {
      this.#sum ??= new Float64Array(row.length);
      for (const [i, value] of row.entries()) this.#sum[i]! += value;
      sequence.numScored++;
    }
    if (sequence.numScored < sequence.length) return false;
    this.#resolve(this.#sum!.map((value) => value / sequence.length));
    return true;
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
