import type { EngineStats } from "../engine/engine.ts";
import type { LoadProgress } from "../engine/load-engine.ts";
import type { ModelPlan } from "../engine/plan.ts";
import type { EngineInfo } from "../engine/request.ts";
import { WorkerError } from "./errors.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { LiveGeneration, LiveRequest } from "./live-request.ts";
import { completePolicy, type SupervisorPolicy } from "./policy.ts";
import type { FromWorker, StartWorker, WorkerLoad } from "./protocol.ts";
import { RunningWorker } from "./running-worker.ts";
import { Suspects } from "./suspects.ts";
import { fromWireError } from "./wire-error.ts";

/** `restarting`: a worker died and the next one waits for its turn; `failed`: too many died in a row. */
export type WorkerState = "unloaded" | "loading" | "ready" | "restarting" | "failed" | "closed";

/** What `/v1/health` tells of a model's worker. */
export interface WorkerStatus {
  state: WorkerState;
  pid: number | null;
  /** Workers started in place of dead ones. */
  numRestarts: number;
  /** Why the last one died. */
  lastDeath: string | null;
  /** When an idle model is unloaded, in milliseconds since 1970; null while it is in use or stays. */
  unloadsAt: number | null;
}

export interface SupervisorOptions {
  /** Of the model, for messages. */
  name: string;
  start: StartWorker;
  load: WorkerLoad;
  policy?: Partial<SupervisorPolicy>;
  /** Before a worker starts: makes room for its model or rejects. */
  admit?: () => Promise<void>;
  onProgress?: (progress: LoadProgress) => void;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Keeps one model's worker alive while it is needed. Requests live here; a worker only computes them. When one dies,
 * the next gets every request again with the tokens already sent, so nothing is lost or said twice.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #policy: SupervisorPolicy;
  readonly #live = new Map<number, LiveRequest>();
  /** Requests that the present worker has. */
  readonly #inside = new Set<LiveRequest>();
  readonly #suspects = new Suspects();
  readonly #waiters: Waiter[] = [];
  #state: WorkerState = "unloaded";
  #worker: RunningWorker | null = null;
  #heartbeat: Heartbeat | null = null;
  /** The worker before, on its way out. */
  #stopping: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #unloadsAt: number | null = null;
  #failure: { error: WorkerError; retryAt: number } | null = null;
  /** In a row, without a token or an answer in between. */
  #numDeaths = 0;
  #numRestarts = 0;
  #lastDeath: string | null = null;
  #lastUsed: number = performance.now();
  #info: EngineInfo | null = null;
  #plan: ModelPlan | null = null;
  #stats: EngineStats | null = null;
  #adapters: Readonly<Record<string, string>> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#policy = completePolicy(options.policy);
  }

  status(): WorkerStatus {
    const pid = this.#worker?.pid ?? null;
    return {
      state: this.#state,
      pid,
      numRestarts: this.#numRestarts,
      lastDeath: this.#lastDeath,
      unloadsAt: this.#state === "ready" && this.isIdle ? this.#unloadsAt : null,
    };
  }

  /** Adapters by name that workers from the next one on load with the model. */
  get adapters(): Readonly<Record<string, string>> {
    return this.#adapters ?? this.#options.load.adapters ?? {};
  }

  set adapters(adapters: Readonly<Record<string, string>>) {
    this.#adapters = adapters;
  }

  /** Of the present worker, or of the last one; null before the first. */
  get info(): EngineInfo | null {
    return this.#info;
  }

  /** Null while no model is loaded. */
  get stats(): EngineStats | null {
    return this.#state === "ready" ? this.#stats : null;
  }

  /** What the model really took; null before it was loaded once. */
  get plan(): ModelPlan | null {
    return this.#plan;
  }

  get isIdle(): boolean {
    return this.#live.size === 0;
  }

  get lastUsed(): number {
    return this.#lastUsed;
  }

  /** Starts the worker if there is none; resolves when the model is loaded. */
  ready(): Promise<void> {
    if (this.#state === "ready") return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#wake();
    });
  }

  submit(request: LiveRequest): void {
    this.#live.set(request.id, request);
    this.#lastUsed = performance.now();
    if (this.#state === "ready") clearTimeout(this.#timer);
    this.#wake();
    this.#pump();
  }

  /** Forgets a request wherever it is; one that has ended is left alone. */
  cancel(request: LiveRequest): void {
    if (!this.#live.has(request.id)) return;
    if (this.#inside.has(request)) this.#worker?.send({ type: "cancel", id: request.id });
    this.#settle(request);
  }

  /** The consumer of a generation wants no more tokens; its finish event comes. */
  stop(request: LiveGeneration): void {
    if (!request.stop()) return;
    if (this.#inside.has(request)) this.#worker?.send({ type: "stop", id: request.id });
    else if (request.submission() === null) this.#settle(request);
  }

  /** Gives the model's memory back until the next request. Does nothing while there are requests. */
  async unload(): Promise<void> {
    if (!this.isIdle || this.#waiters.length > 0 || this.#state === "closed") return;
    this.#leave("unloaded");
    await this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== "closed") {
      this.#leave("closed");
      this.#failAll(new Error("The engine was closed"));
    }
    await this.#stopping;
  }

  #wake(): void {
    if (this.#state === "closed") {
      this.#failAll(new Error("The engine is closed; load the model again"));
    } else if (this.#state === "failed" && performance.now() < this.#failure!.retryAt) {
      this.#failAll(this.#failure!.error);
    } else if (this.#state === "unloaded" || this.#state === "failed") {
      this.#numDeaths = 0;
      void this.#start();
    }
  }

  async #start(): Promise<void> {
    this.#state = "loading";
    try {
      await this.#stopping;
      await this.#options.admit?.();
      // It may have been closed meanwhile.
      if (this.#state === "loading") this.#startWorker();
    } catch (error) {
      if (this.#state !== "loading") return;
      this.#state = "unloaded";
      this.#failAll(error);
    }
  }

  #startWorker(): void {
    const { start, load } = this.#options;
    const worker: RunningWorker = new RunningWorker(start, {
      onMessage: (message) => this.#worker === worker && this.#receive(message),
      onExit: (why) => this.#worker === worker && this.#died(why),
    });
    this.#worker = worker;
    this.#heartbeat = new Heartbeat(this.#policy, {
      ping: () => worker.send({ type: "ping" }),
      isBusy: () => this.#inside.size > 0,
      onStuck: (why) => worker.kill(`it ${why}`),
    });
    worker.send({
      type: "load",
      load: this.#adapters === null ? load : { ...load, adapters: this.#adapters },
    });
  }

  /** Takes the present worker out of service. */
  #leave(state: WorkerState): void {
    this.#state = state;
    clearTimeout(this.#timer);
    this.#heartbeat?.[Symbol.dispose]();
    const worker = this.#worker;
    this.#worker = null;
    this.#inside.clear();
    if (worker === null) return;
    const before = this.#stopping;
    this.#stopping = Promise.all([before, worker.close(this.#policy.closeMs)]).then(() => {});
  }

  #receive(message: FromWorker): void {
    this.#heartbeat?.alive();
    switch (message.type) {
      case "progress":
        this.#options.onProgress?.(message.progress);
        return;
      case "ready":
        this.#state = "ready";
        this.#info = message.info;
        this.#plan = message.plan;
        this.#stats = message.stats;
        for (const { resolve } of this.#waiters.splice(0)) resolve();
        this.#pump();
        if (this.isIdle) this.#rest();
        return;
      case "tokens":
        this.#setStats(message.stats);
        for (const { id, events } of message.batches) this.#take(id, { type: "events", events });
        return;
      case "answer":
        this.#take(message.id, message);
        return;
      case "failed": {
        const request = this.#live.get(message.id);
        if (request === undefined) return;
        request.fail(fromWireError(message.error));
        this.#settle(request);
        return;
      }
      case "stats":
        if (message.stats !== null) this.#setStats(message.stats);
        return;
      case "degraded":
        if (this.#info !== null) this.#info = { ...this.#info, degraded: message.degraded };
        return;
      case "error":
        this.#leave("unloaded");
        this.#failAll(fromWireError(message.error));
        return;
      case "closed":
        return;
      default:
        message satisfies never;
    }
  }

  #setStats(stats: EngineStats): void {
    if (stats.numSteps !== this.#stats?.numSteps) this.#heartbeat?.stepped();
    this.#stats = stats;
  }

  #take(id: number, message: Parameters<LiveRequest["take"]>[0]): void {
    const request = this.#live.get(id);
    if (request === undefined) return;
    this.#numDeaths = 0;
    const wasSuspect = this.#suspects.has(request);
    if (request.take(message)) this.#settle(request);
    else if (wasSuspect && !this.#suspects.has(request)) this.#pump();
  }

  #settle(request: LiveRequest): void {
    this.#live.delete(request.id);
    this.#inside.delete(request);
    this.#suspects.forget(request);
    this.#lastUsed = performance.now();
    if (this.isIdle) this.#rest();
    else this.#pump();
  }

  /** Begins to count the time until the model is unloaded. */
  #rest(): void {
    const { keepAliveMs } = this.#policy;
    if (this.#state !== "ready" || keepAliveMs === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#unloadsAt = Date.now() + keepAliveMs;
    this.#timer = setTimeout(() => void this.unload(), keepAliveMs);
    this.#timer.unref();
  }

  /** Hands the worker what it may have: a suspect alone, or else everything. */
  #pump(): void {
    const waiting = [...this.#live.values()].filter((request) => !this.#inside.has(request));
    if (this.#state !== "ready" || waiting.length === 0) return;
    if ([...this.#inside].some((request) => this.#suspects.has(request))) return;
    const suspect = waiting.find((request) => this.#suspects.has(request));
    if (suspect !== undefined && this.#inside.size > 0) return;
    for (const request of suspect === undefined ? waiting : [suspect]) {
      const submission = request.submission();
      if (submission === null) this.#settle(request);
      else {
        this.#inside.add(request);
        this.#worker?.send(submission);
      }
    }
  }

  #died(why: string): void {
    const { name } = this.#options;
    const inside = [...this.#inside];
    this.#leave("restarting");
    this.#numDeaths++;
    this.#lastDeath = why;
    for (const request of this.#suspects.recordDeath(inside)) {
      request.fail(
        new WorkerError(
          "request-kills-worker",
          `The worker of ${name} died twice while it computed this request alone (${why}); the request is given up`,
        ),
      );
      this.#settle(request);
    }
    const { maxDeaths, restartMs, maxRestartMs, retryMs } = this.#policy;
    if (this.#numDeaths >= maxDeaths) {
      const error = new WorkerError(
        "worker-lost",
        `The worker of ${name} died ${this.#numDeaths} times in a row (${why}); it is tried again in ` +
          `${Math.ceil(retryMs / 1000)} s`,
      );
      this.#state = "failed";
      this.#failure = { error, retryAt: performance.now() + retryMs };
      this.#failAll(error);
      return;
    }
    const delayMs = Math.min(maxRestartMs, restartMs * 2 ** (this.#numDeaths - 1));
    this.#timer = setTimeout(() => {
      this.#numRestarts++;
      void this.#start();
    }, delayMs);
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
    for (const request of [...this.#live.values()]) {
      request.fail(error);
      this.#settle(request);
    }
  }
}
