import type { EngineClient } from "../engine/engine-client.ts";
import type { LoadProgress } from "../engine/load-engine.ts";
import { nextTask } from "../engine/next-task.ts";
import type { ModelPlan } from "../engine/plan.ts";
import type { TokenEvent } from "../engine/request.ts";
import type {
  AdapterFile,
  CallInput,
  Calls,
  HostPort,
  ToWorker,
  WireRequest,
  WorkerLoad,
} from "./protocol.ts";
import { toWireError } from "./wire-error.ts";

/** The engine of a worker; disposing of it gives everything back. */
export interface WorkerEngine extends AsyncDisposable {
  readonly engine: EngineClient;
  readonly plan: ModelPlan;
  /** Absent: the engine takes no adapters later. */
  readonly loadAdapter?: (file: AdapterFile) => Promise<void>;
  readonly unloadAdapter?: (name: string) => Promise<void>;
}

/** How a worker gets its engine. */
export type LoadInWorker = (
  load: WorkerLoad,
  options: { onProgress: (progress: LoadProgress) => void; signal: AbortSignal },
) => Promise<WorkerEngine>;

interface Running {
  abort: AbortController;
  /** The consumer wants no more: the next event is answered with "stop". */
  isStopping: boolean;
}

/** At most this often a message about progress. */
const progressEveryMs = 50;

async function answerCall(
  { engine, loadAdapter, unloadAdapter }: WorkerEngine,
  { name, input }: CallInput,
  signal: AbortSignal,
): Promise<Calls[CallInput["name"]]["output"]> {
  const later = "This worker takes no adapters after it has loaded its model";
  switch (name) {
    case "score": {
      const { ids, ...options } = input;
      return await engine.score(ids, { ...options, signal });
    }
    case "embed": {
      const { ids, ...options } = input;
      return await engine.embed(ids, { ...options, signal });
    }
    case "loadAdapter":
      if (loadAdapter === undefined) throw new TypeError(later);
      await loadAdapter(input);
      return null;
    case "unloadAdapter":
      if (unloadAdapter === undefined) throw new TypeError(later);
      await unloadAdapter(input.name);
      return null;
    default:
      return name satisfies never;
  }
}

/** The worker's side of the protocol: one engine, many requests. Knows nothing of restarts. */
export class WorkerHost {
  readonly #port: HostPort;
  readonly #loadEngine: LoadInWorker;
  readonly #running = new Map<number, Running>();
  readonly #closing = new AbortController();
  #loaded: WorkerEngine | null = null;
  #loading: Promise<void> | null = null;
  /** Events of the step under way, by request. */
  #pending = new Map<number, TokenEvent[]>();
  #numDegraded = 0;

  constructor(port: HostPort, loadEngine: LoadInWorker) {
    this.#port = port;
    this.#loadEngine = loadEngine;
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case "load":
        this.#loading ??= this.#load(message.load);
        return;
      case "submit":
        void this.#track(message.id, (running) => this.#generate(message.id, message.request, running));
        return;
      case "call":
        void this.#track(message.id, async ({ abort }) => {
          const output = await answerCall(this.#worker, message.call, abort.signal);
          this.#sendStats();
          this.#port.send({ type: "answer", id: message.id, output });
        });
        return;
      case "stop": {
        const running = this.#running.get(message.id);
        if (running !== undefined) running.isStopping = true;
        return;
      }
      case "cancel":
        this.#running.get(message.id)?.abort.abort();
        return;
      case "ping":
        this.#sendStats();
        return;
      case "close":
        void this.#close();
        return;
      default:
        message satisfies never;
    }
  }

  get #worker(): WorkerEngine {
    if (this.#loaded === null) throw new Error("The worker has no model; load one first");
    return this.#loaded;
  }

  get #engine(): EngineClient {
    return this.#worker.engine;
  }

  async #load(load: WorkerLoad): Promise<void> {
    let told = Number.NEGATIVE_INFINITY;
    const onProgress = (progress: LoadProgress): void => {
      const now = performance.now();
      if (progress.numTensors < progress.totalTensors && now - told < progressEveryMs) return;
      told = now;
      this.#port.send({ type: "progress", progress });
    };
    try {
      const loaded = await this.#loadEngine(load, { onProgress, signal: this.#closing.signal });
      this.#loaded = loaded;
      const { engine, plan } = loaded;
      const info = engine.info();
      this.#numDegraded = info.degraded.length;
      this.#port.send({ type: "ready", info, plan, stats: engine.stats() });
    } catch (error) {
      this.#port.send({ type: "error", error: toWireError(error) });
    }
  }

  #sendStats(): void {
    this.#port.send({ type: "stats", stats: this.#loaded?.engine.stats() ?? null });
  }

  /** Runs a request and says when it failed; a cancelled one says nothing. */
  async #track(id: number, run: (running: Running) => Promise<void>): Promise<void> {
    const running = { abort: new AbortController(), isStopping: false };
    this.#running.set(id, running);
    try {
      await run(running);
    } catch (error) {
      this.#pending.delete(id);
      this.#sendStats();
      if (!running.abort.signal.aborted) this.#port.send({ type: "failed", id, error: toWireError(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  async #generate(id: number, request: WireRequest, running: Running): Promise<void> {
    const events = this.#engine.generate({ ...request, signal: running.abort.signal });
    try {
      for (;;) {
        const { value: event } = await events.next(running.isStopping ? "stop" : undefined);
        if (!event) return;
        // The consumer has stopped: only the finish still counts.
        if (event.type === "finish" || !running.isStopping) this.#push(id, event);
      }
    } finally {
      await events.return();
    }
  }

  #push(id: number, event: TokenEvent): void {
    if (this.#pending.size === 0) void nextTask().then(() => this.#flush());
    const events = this.#pending.get(id);
    if (events === undefined) this.#pending.set(id, [event]);
    else events.push(event);
  }

  /** A step hands out all its results in one task, so what is here now is a step. */
  #flush(): void {
    // Closed meanwhile: nobody waits for the rest.
    if (this.#pending.size === 0 || this.#loaded === null) return;
    const batches = [...this.#pending].map(([id, events]) => ({ id, events }));
    this.#pending = new Map();
    const { degraded } = this.#engine.info();
    if (degraded.length !== this.#numDegraded) {
      this.#numDegraded = degraded.length;
      this.#port.send({ type: "degraded", degraded });
    }
    this.#port.send({ type: "tokens", batches, stats: this.#engine.stats() });
  }

  async #close(): Promise<void> {
    this.#closing.abort(new Error("The worker was closed"));
    for (const { abort } of this.#running.values()) abort.abort();
    await this.#loading;
    const loaded = this.#loaded;
    this.#loaded = null;
    await loaded?.[Symbol.asyncDispose]();
    this.#port.send({ type: "closed" });
    this.#port.close();
  }
}
