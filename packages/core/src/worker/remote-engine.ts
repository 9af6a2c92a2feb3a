import type { Mode } from "@llamero/kernels";
import type { EngineStats } from "../engine/engine.ts";
import type { EngineClient } from "../engine/engine-client.ts";
import type {
  EmbedOptions,
  EngineInfo,
  GenerateRequest,
  ScoredPosition,
  ScoreOptions,
  TokenEvent,
} from "../engine/request.ts";
import { LiveCall, LiveGeneration, type LiveRequest } from "./live-request.ts";
import type { AdapterFile, CallName, Calls } from "./protocol.ts";
import { Supervisor, type SupervisorOptions, type WorkerStatus } from "./supervisor.ts";

export interface RemoteEngineOptions extends SupervisorOptions {
  contextLimit: number;
  mode: Mode;
}

const noStats: EngineStats = {
  numWaiting: 0,
  numRunning: 0,
  numPreempted: 0,
  numSteps: 0,
  numTokensComputed: 0,
  kvBlocks: 0,
  kvBlocksUsed: 0,
  kvBlocksCached: 0,
};

/** An engine in a worker, with the interface of one in this process. The model is loaded at the first request. */
export class RemoteEngine implements EngineClient {
  readonly contextLimit: number;
  readonly supervisor: Supervisor;
  readonly #mode: Mode;
  #lastId = 0;

  constructor(options: RemoteEngineOptions) {
    this.contextLimit = options.contextLimit;
    this.#mode = options.mode;
    this.supervisor = new Supervisor(options);
  }

  /** Of the worker; before the first one there is no backend. */
  info(): EngineInfo {
    const { contextLimit } = this;
    const unknown = { backend: "none", threads: 0, mode: this.#mode, contextLimit, degraded: [] };
    return this.supervisor.info ?? unknown;
  }

  stats(): EngineStats {
    return this.supervisor.stats ?? noStats;
  }

  /** Resolves when the model is loaded. */
  load(): Promise<void> {
    return this.supervisor.ready();
  }

  /** Gives the model's memory back until the next request; does nothing while there are requests. */
  unload(): Promise<void> {
    return this.supervisor.unload();
  }

  /** State of the process behind it. */
  worker(): WorkerStatus {
    return this.supervisor.status();
  }

  async *generate(request: GenerateRequest): AsyncGenerator<TokenEvent, void, "stop" | undefined> {
    const { signal, ...rest } = request;
    const live = new LiveGeneration(++this.#lastId, { request: rest, contextLimit: this.contextLimit });
    using _ = this.#submit(live, signal);
    for (;;) {
      const event = await live.events.next();
      const command = yield event;
      if (event.type === "finish") return;
      if (command === "stop") this.supervisor.stop(live);
    }
  }

  score(
    ids: readonly number[] | Int32Array,
    { signal, ...options }: ScoreOptions = {},
  ): Promise<ScoredPosition[]> {
    return this.#call("score", { ids, ...options }, signal);
  }

  embed(
    ids: readonly number[] | Int32Array,
    { signal, ...options }: EmbedOptions = {},
  ): Promise<Float32Array> {
    return this.#call("embed", { ids, ...options }, signal);
  }

  /** Loads an adapter into the worker, and into those that follow it; without a worker only into those. */
  async loadAdapter(file: AdapterFile): Promise<void> {
    const { supervisor } = this;
    if (Object.hasOwn(supervisor.adapters, file.name))
      throw new RangeError(`Adapter ${file.name} is loaded already; unload it or choose another name`);
    if (supervisor.status().state !== "unloaded") await this.#call("loadAdapter", file, undefined);
    supervisor.adapters = { ...supervisor.adapters, [file.name]: file.path };
  }

  /** Refuses new requests with the adapter at once; resolves when the running ones are done. */
  async unloadAdapter(name: string): Promise<void> {
    const { supervisor } = this;
    const { [name]: path, ...rest } = supervisor.adapters;
    if (path === undefined) throw new RangeError(`There is no adapter ${name}`);
    supervisor.adapters = rest;
    if (supervisor.status().state !== "unloaded") await this.#call("unloadAdapter", { name }, undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.supervisor[Symbol.asyncDispose]();
  }

  async #call<N extends CallName>(
    name: N,
    input: Calls[N]["input"],
    signal: AbortSignal | undefined,
  ): Promise<Calls[N]["output"]> {
    const live = new LiveCall(++this.#lastId, name, input);
    using _ = this.#submit(live, signal);
    return await live.done;
  }

  /** Disposing of the result takes the request back; an abort fails it with the signal's reason at once. */
  #submit(live: LiveRequest, signal: AbortSignal | undefined): Disposable {
    signal?.throwIfAborted();
    const onAbort = (): void => {
      live.fail(signal!.reason);
      this.supervisor.cancel(live);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.supervisor.submit(live);
    return {
      [Symbol.dispose]: () => {
        signal?.removeEventListener("abort", onAbort);
        this.supervisor.cancel(live);
      },
    };
  }
}
