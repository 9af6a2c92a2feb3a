import type {
  AdapterSpec,
  Backend,
  Degradation,
  KvHandle,
  KvSpec,
  Mode,
  Program,
  WeightHandle,
} from "@llamero/kernels";
import { KV_BLOCK } from "@llamero/kernels";
import type { Grammars } from "../grammar/grammars.ts";
import { LazyMatcher, type TokenMatcher } from "../grammar/lazy-matcher.ts";
import { TokenSampler } from "../sample/token-sampler.ts";
import { checkRange } from "../sample/validate.ts";
import { AdapterRegistry } from "./adapter-registry.ts";
import { BlockManager } from "./block-manager.ts";
import { PromptHistory } from "./cache-miss.ts";
import { checkGenerateRequest, checkScoreRequest, checkSequence } from "./check-request.ts";
import { Departures } from "./departures.ts";
import { DiskCache } from "./disk-cache.ts";
import { DiskStore } from "./disk-store.ts";
import { EmbedJob, GenerateJob, type Job, ScoreJob } from "./job.ts";
import { type ChunkResult, ModelRunner } from "./model-runner.ts";
import { nextTask } from "./next-task.ts";
import { type ProgramVariant, ProgramVariants } from "./program-variants.ts";
import type {
  EmbedOptions,
  EngineInfo,
  GenerateRequest,
  ScoredPosition,
  ScoreOptions,
  Speculation,
  TokenEvent,
} from "./request.ts";
import { type ScheduledStep, type ScheduleLimits, Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { type DraftModel, ModelDrafter } from "./speculation/draft-model.ts";
import { Guesser } from "./speculation/guesser.ts";
import { Speculator } from "./speculation/speculator.ts";
import { StepCosts } from "./step-costs.ts";

/** What an engine runs on; weights stay the caller's. */
export interface EngineOptions {
  backend: Backend;
  program: Program;
  weights: readonly WeightHandle[];
  /** Programs over the same weights for adapters and embeddings; absent: the engine has neither. */
  programOf?: (variant: ProgramVariant) => Program;
  /** Identity of the weights: KV is shared between sequences of the same model only. */
  modelId: string;
  vocabSize: number;
  contextLimit: number;
  kv: KvSpec;
  mode: Mode;
  limits: ScheduleLimits;
  /** Grammars over the model's tokens; absent: requests with a grammar are refused. */
  grammars?: Grammars;
  /** What is not as asked besides what the backend itself reports. */
  degradations?: readonly Degradation[];
  /** A smaller model that guesses for requests whose `speculation` is "draft". */
  draft?: DraftModel;
  /** Of requests that do not say; default none. */
  speculation?: Speculation;
  /** Bytes that the process may still take, asked before an adapter is loaded; absent: no limit. */
  availableMemory?: () => number;
  /** Keeps KV on disk, for later processes too; `modelId` must then be of the content of the weights. */
  diskCache?: { folder: string; maxBytes: number };
  /** Clock in milliseconds by which steps are measured; default `performance.now`. */
  now?: () => number;
}

/** Counters of an engine, for `/v1/health` and tests. */
export interface EngineStats {
  numWaiting: number;
  numRunning: number;
  numPreempted: number;
  numSteps: number;
  numTokensComputed: number;
  kvBlocks: number;
  kvBlocksUsed: number;
  kvBlocksCached: number;
}

/** Generates and scores token ids with one model: continuous batching over a paged, prefix-cached KV pool. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #blocks: BlockManager;
  readonly #scheduler: Scheduler;
  readonly #runner: ModelRunner;
  readonly #kv: KvHandle;
  readonly #variants: ProgramVariants;
  readonly #adapters: AdapterRegistry;
  readonly #jobs = new Map<Sequence, Job>();
  readonly #disk: DiskCache | null;
  readonly #history = new PromptHistory();
  readonly #costs = new StepCosts();
  readonly #now: () => number;
  readonly #drafter: ModelDrafter | null;
  readonly #speculator: Speculator;
  readonly #departures = new Departures();
  readonly #notices: Degradation[] = [];
  /** The step in flight. */
  #inFlight: { step: ScheduledStep; abort: AbortController } | null = null;
  #loop: Promise<void> | null = null;
  #isClosed = false;
  #isGuessing = true;
  #numSteps = 0;
  #numTokensComputed = 0;

  constructor(options: EngineOptions) {
    const { backend, modelId, kv, mode, limits, contextLimit } = options;
    if (kv.blocks * KV_BLOCK < contextLimit) {
      throw new RangeError(
        `KV pool of ${kv.blocks * KV_BLOCK} tokens is smaller than the context of ${contextLimit}`,
      );
    }
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#blocks = new BlockManager(kv.blocks, `${modelId} ${kv.dtype} ${mode}`);
    this.#scheduler = new Scheduler(this.#blocks, limits, this.#costs);
    this.#kv = backend.createKv(kv);
    this.#variants = new ProgramVariants({ ...options, kv: this.#kv });
    this.#adapters = new AdapterRegistry(backend, options.availableMemory);
    this.#runner = new ModelRunner(backend, this.#variants, this.#kv);
    this.#drafter =
      options.draft === undefined ? null : new ModelDrafter(backend, options.draft, { mode, limits });
    this.#speculator = new Speculator(this.#costs, this.#drafter);
    this.#disk = this.#openDisk();
  }

  #openDisk(): DiskCache | null {
    const { backend, kv: kvSpec, mode, modelId, diskCache } = this.#options;
    if (diskCache === undefined) return null;
    const onNotice = (why: string): void => {
      this.#notices.push({ what: "prefix cache on disk", wanted: "kept KV", used: "computed KV", why });
    };
    const blockBytes = backend.kvBytes({ ...kvSpec, blocks: 1 });
    const disk = new DiskCache({
      store: new DiskStore({ ...diskCache, blockBytes, onNotice }),
      blockBytes,
      blocks: this.#blocks,
      backend,
      kv: this.#kv,
      kvSpec,
      identity: `${modelId} ${mode}`,
      // As the scheduler: a running sequence is not preempted for the sake of a newcomer.
      spare: () => this.#scheduler.numRunning,
      settled: async () => {
        while (this.#inFlight !== null) await nextTask();
      },
    });
    this.#blocks.observer = disk;
    return disk;
  }

  get contextLimit(): number {
    return this.#options.contextLimit;
  }

  /** Bytes of the arenas that steps run in; grows with the first adapter and the first embedding. */
  get scratchBytes(): number {
    return this.#variants.scratchBytes;
  }

  info(): EngineInfo {
    const { backend, mode, contextLimit, degradations = [] } = this.#options;
    const degraded = [...degradations, ...backend.degradations, ...this.#notices];
    const { names } = this.#adapters;
    const info = { backend: backend.name, threads: backend.threads, mode, contextLimit, degraded };
    return names.length === 0 ? info : { ...info, adapters: names };
  }

  stats(): EngineStats {
    return {
      numWaiting: this.#scheduler.numWaiting,
      numRunning: this.#scheduler.numRunning,
      numPreempted: this.#scheduler.numPreempted,
      numSteps: this.#numSteps,
      numTokensComputed: this.#numTokensComputed,
      kvBlocks: this.#blocks.numBlocks,
      kvBlocksUsed: this.#blocks.numUsed,
      kvBlocksCached: this.#blocks.numCached,
    };
  }

  /**
   * Streams a generation. Nothing happens before the first event is asked for; leaving the loop, like an abort,
   * frees everything at once. An abort rejects with the signal's reason. `next("stop")` ends the generation where
   * it is: the finish event follows.
   */
  async *generate(request: GenerateRequest): AsyncGenerator<TokenEvent, void, "stop" | undefined> {
    checkGenerateRequest(request, this.#options);
    const { promptIds, generatedIds = [], sampling, topLogprobs, maxTokens, signal } = request;
    const { speculation = this.#options.speculation } = request;
    using adapter = this.#adapters.use(request.adapter);
    const grammar = request.grammar === undefined ? null : await this.#matcherOf(request);
    const sampler = new TokenSampler(sampling, { promptIds, topLogprobs, grammar });
    const tokens = Int32Array.from([...promptIds, ...generatedIds]);
    const sequence = new Sequence(tokens, { kind: "sample", sampler }, adapter.salt);
    sequence.adapter = adapter.handle;
    if (speculation) sequence.guesser = new Guesser(speculation, promptIds.length + maxTokens);
    sequence.priority = request.priority ?? "normal";
    sequence.client = request.client ?? "";
    const accept = (token: number): boolean => {
      sampler.accept(token);
      return sampler.isFinished;
    };
    generatedIds.forEach(accept);
    const job = new GenerateJob(sequence, { request, contextLimit: this.contextLimit, accept });
    if (this.#disk !== null) await this.#restore(sequence, signal);
    using _ = this.#submit(job, signal);
    for (;;) {
      const event = await job.events.next();
      const command = yield event;
      if (event.type === "finish") return;
      if (command === "stop") {
        this.#remove(job);
        job.stop();
      }
    }
  }

  /** Log-probability of each token given all before it; element i scores ids[from + i + 1]. */
  async score(ids: readonly number[] | Int32Array, options: ScoreOptions = {}): Promise<ScoredPosition[]> {
    const { topLogprobs: numTop = 0, from = 0, signal } = options;
    checkScoreRequest(ids, numTop, this.#options);
    checkRange("from", from, { min: 0, max: Math.max(0, ids.length - 2), integer: true });
    using adapter = this.#adapters.use(options.adapter);
    if (ids.length === 1) return [];
    const tokens = Int32Array.from(ids);
    const work = { kind: "score", targets: tokens.subarray(1), numTop, from } as const;
    const job = new ScoreJob(new Sequence(tokens.subarray(0, -1), work, adapter.salt));
    job.sequence.adapter = adapter.handle;
    using _ = this.#submit(job, signal);
    return await job.done;
  }

  /** One vector of a sequence: its final hidden states, pooled; no logits are computed. */
  async embed(ids: readonly number[] | Int32Array, options: EmbedOptions = {}): Promise<Float32Array> {
    const { pooling = "mean", normalize = true, signal } = options;
    checkSequence("embed", ids, this.#options);
    using adapter = this.#adapters.use(options.adapter);
    const job = new EmbedJob(new Sequence(Int32Array.from(ids), { kind: "embed", pooling }, adapter.salt));
    job.sequence.adapter = adapter.handle;
    using _ = this.#submit(job, signal);
    const vector = await job.done;
    const length = normalize ? Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) : 1;
    return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length));
  }

  /** Loads a low-rank adapter under its name; requests choose it by that. Resolves to the name. */
  async loadAdapter(spec: AdapterSpec): Promise<string> {
    if (this.#isClosed) throw new Error("The engine is closed; load the model again");
    await this.#adapters.load(spec);
    return spec.name;
  }

  /** Refuses new requests with the adapter at once, and frees it when the running ones are done. */
  async unloadAdapter(name: string): Promise<void> {
    await this.#adapters.unload(name);
  }

  /** Fails what is still running, waits for the step in flight and gives the KV pool and the scratch back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const job of this.#jobs.values()) this.#fail(job, new Error("The engine was closed"));
    await this.#loop;
    await this.#disk?.close();
    await this.#variants[Symbol.asyncDispose]();
    await this.#drafter?.[Symbol.asyncDispose]();
    this.#adapters.clear();
    this.#options.backend.freeKv(this.#kv);
  }

  async #matcherOf({ grammar, stopIds, signal }: GenerateRequest): Promise<TokenMatcher | null> {
    if (grammar === undefined) return null;
    const { grammars } = this.#options;
    if (grammars === undefined) throw new RangeError("A grammar needs a tokenizer, but the engine has none");
    const compiled = await grammars.get(grammar, stopIds);
    signal?.throwIfAborted();
    const isLazy = grammar.type === "tool-calls" && grammar.answer?.type === "free";
    return isLazy ? new LazyMatcher(compiled.match(), compiled.vocabulary) : compiled.match();
  }

  async #restore(sequence: Sequence, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    sequence.numFromDisk = await this.#disk!.restore(sequence.reusable, sequence.cacheSalt, signal);
    // Whoever waited for the blocks that were held meanwhile.
    this.#wake();
  }

  /** Queues a job; disposing of the result takes it out again wherever it is by then. */
  #submit(job: Job, signal: AbortSignal | undefined): Disposable {
    if (this.#isClosed) throw new Error("The engine is closed; load the model again");
    signal?.throwIfAborted();
    this.#scheduler.add(job.sequence, this.#departures.expectedMs());
    this.#jobs.set(job.sequence, job);
    const onAbort = (): void => this.#fail(job, signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#wake();
    return {
      [Symbol.dispose]: () => {
        signal?.removeEventListener("abort", onAbort);
        this.#remove(job);
      },
    };
  }

  #wake(): void {
    this.#loop ??= this.#run();
  }

  /** One step after the other while there is work. */
  async #run(): Promise<void> {
    // Requests made together start together.
    await nextTask();
    try {
      for (;;) {
        await this.#guess();
        const step = this.#scheduler.schedule();
        if (step.chunks.length === 0) break;
        await this.#runStep(step);
        await nextTask();
      }
    } catch (error) {
      for (const job of this.#jobs.values()) this.#fail(job, error);
    } finally {
      this.#loop = null;
    }
  }

  /** A draft model that fails is left alone from then on: answers do not depend on it. */
  async #guess(): Promise<void> {
    if (this.#isGuessing) {
      try {
        await this.#speculator.propose(this.#scheduler.decoding, this.#scheduler.draftRowsEach);
      } catch (error) {
        this.#isGuessing = false;
        const why = error instanceof Error ? error.message : String(error);
        this.#notices.push({ what: "speculation", wanted: "guesses", used: "none", why });
      }
    }
  }

  /** An error of the step concerns the requests in it; the others go on. */
  async #runStep(step: ScheduledStep): Promise<void> {
    const abort = new AbortController();
    this.#inFlight = { step, abort };
    try {
      this.#explainMisses(step);
      for (const job of this.#jobsOf(step)) job.start();
      const started = this.#now();
      const results = await this.#runner.run(step, abort.signal);
      const numRows = step.chunks.reduce((sum, { count }) => sum + count, 0);
      const { numDecodeRows: decodeRows } = step;
      const ms = this.#now() - started;
      this.#costs.record({ decodeRows, promptRows: numRows - decodeRows, ms });
      this.#deliver(step, results);
    } catch (error) {
      for (const job of this.#jobsOf(step)) this.#fail(job, error);
    } finally {
      this.#inFlight = null;
    }
  }

  #deliver({ chunks }: ScheduledStep, results: readonly ChunkResult[]): void {
    this.#scheduler.complete(chunks);
    this.#numSteps++;
    for (const [i, { sequence, count }] of chunks.entries()) {
      this.#numTokensComputed += count;
      const job = this.#jobs.get(sequence);
      const result = results[i]!;
      if (job === undefined) continue;
      const isDone = job.deliver(result);
      this.#scheduler.acceptDraft(sequence, result.samples.length - 1);
      if (isDone) {
        this.#departures.note();
        this.#remove(job);
      } else if (result.error !== null) this.#fail(job, result.error);
    }
  }

  /** Says of sequences that run for the first time why no more of their KV was there. */
  #explainMisses({ chunks }: ScheduledStep): void {
    for (const { sequence } of chunks) {
      if (sequence.cacheMiss !== undefined || sequence.work.kind !== "sample") continue;
      const running = [...this.#jobs.keys()].map((each) => ({
        tokens: each.tokens.subarray(0, each === sequence ? 0 : each.numComputed),
        salt: each.cacheSalt,
      }));
      const options = { numCached: sequence.numCached ?? 0, salt: sequence.cacheSalt, running };
      sequence.cacheMiss = this.#history.explain(sequence.tokens, options);
    }
  }

  /** Jobs of a step that are still wanted. */
  #jobsOf({ chunks }: ScheduledStep): Job[] {
    return chunks.flatMap(({ sequence }) => this.#jobs.get(sequence) ?? []);
  }

  #fail(job: Job, error: unknown): void {
    if (!this.#jobs.has(job.sequence)) return;
    this.#remove(job);
    job.fail(error);
  }

  /** Frees a job's blocks, and cancels the step in flight when nobody else is in it. */
  #remove(job: Job): void {
    if (!this.#jobs.delete(job.sequence)) return;
    const { tokens, numComputed, cacheSalt } = job.sequence;
    this.#history.add(tokens.subarray(0, numComputed), cacheSalt);
    this.#scheduler.remove(job.sequence);
    this.#drafter?.release(job.sequence);
    if (this.#inFlight !== null && this.#jobsOf(this.#inFlight.step).length === 0) {
      this.#inFlight.abort.abort();
    }
  }
}
