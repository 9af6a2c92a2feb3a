import { Deferred } from "../engine/deferred.ts";
import { EventQueue } from "../engine/event-queue.ts";
import type { TokenEvent } from "../engine/request.ts";
import { Stopwatch } from "../engine/stopwatch.ts";
import type { CallInput, CallName, Calls, FromWorker, ToWorker, WireRequest } from "./protocol.ts";

/** A request that outlives the worker that computes it. */
export interface LiveRequest {
  readonly id: number;
  /** What came so far, as a count. */
  readonly numDone: number;
  /** What a fresh worker has to be told; null when nothing is left to compute. */
  submission(): ToWorker | null;
  /** Takes a message of this request; true when it was the last. */
  take(message: Extract<FromWorker, { type: "answer" }> | { type: "events"; events: TokenEvent[] }): boolean;
  fail(error: unknown): void;
}

/** A generation: keeps the tokens already handed out, so that another worker goes on after them. */
export class LiveGeneration implements LiveRequest {
  readonly id: number;
  readonly events: EventQueue<TokenEvent> = new EventQueue();
  readonly #request: WireRequest;
  readonly #contextLimit: number;
  readonly #ids: number[];
  readonly #stopwatch = new Stopwatch();
  #isStopping = false;
  #finish: Extract<TokenEvent, { type: "finish" }> | null = null;

  constructor(id: number, { request, contextLimit }: { request: WireRequest; contextLimit: number }) {
    const { sampling, generatedIds = [] } = request;
    this.id = id;
    // A seed that the worker draws would be another one in the next worker.
    const seed = sampling.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
    this.#request = { ...request, sampling: { ...sampling, seed } };
    this.#contextLimit = contextLimit;
    this.#ids = [...generatedIds];
  }

  get numDone(): number {
    return this.#ids.length;
  }

  submission(): ToWorker | null {
    const { maxTokens } = this.#request;
    const isComplete = this.#ids.length > 0 && this.#ids.length >= maxTokens;
    if (this.#isStopping || isComplete) {
      this.#end(this.#isStopping ? "stop" : "length");
      return null;
    }
    const request =
      this.#ids.length === 0 ? this.#request : { ...this.#request, generatedIds: [...this.#ids] };
    return { type: "submit", id: this.id, request };
  }

  take(message: Parameters<LiveRequest["take"]>[0]): boolean {
    if (message.type !== "events") return false;
    for (const event of message.events) {
      if (event.type === "finish") {
        this.#finish = this.#isStopping ? this.#stopped(event) : event;
        this.events.push(this.#finish);
        return true;
      }
      if (this.#isStopping) continue;
      this.#stopwatch.start();
      this.#stopwatch.token();
      this.#ids.push(event.token);
      this.events.push(event);
    }
    return false;
  }

  fail(error: unknown): void {
    this.events.fail(error);
  }

  /** The consumer wants no more tokens. False when the worker need not be told. */
  stop(): boolean {
    this.events.clear();
    if (this.#finish !== null) {
      this.events.push(this.#stopped(this.#finish));
      return false;
    }
    this.#isStopping = true;
    return true;
  }

  /** Tokens that the worker computed before it heard of the stop do not count. */
  #stopped(finish: Extract<TokenEvent, { type: "finish" }>): Extract<TokenEvent, { type: "finish" }> {
    const completionTokens = this.#ids.length;
    const contextUsed = finish.usage.promptTokens + completionTokens;
    const usage = { ...finish.usage, completionTokens, contextUsed };
    return { ...finish, reason: "stop", stopToken: null, usage };
  }

  /** The end of a generation whose worker died before it could say so. */
  #end(reason: "stop" | "length"): void {
    const promptTokens = this.#request.promptIds.length;
    const completionTokens = this.#ids.length;
    this.events.push({
      type: "finish",
      reason,
      stopToken: null,
      usage: {
        promptTokens,
        cachedTokens: 0,
        completionTokens,
        contextUsed: promptTokens + completionTokens,
        contextLimit: this.#contextLimit,
      },
      timings: this.#stopwatch.timings(promptTokens),
    });
  }
}

/** A call with one answer; a fresh worker computes it from the start. */
export class LiveCall<N extends CallName> implements LiveRequest {
  readonly id: number;
  readonly numDone = 0;
  readonly #call: CallInput;
  readonly #answer = new Deferred<Calls[N]["output"]>();

  constructor(id: number, name: N, input: Calls[N]["input"]) {
    this.id = id;
    this.#call = { name, input } as CallInput;
  }

  get done(): Promise<Calls[N]["output"]> {
    return this.#answer.promise;
  }

  submission(): ToWorker {
    return { type: "call", id: this.id, call: this.#call };
  }

  take(message: Parameters<LiveRequest["take"]>[0]): boolean {
    if (message.type !== "answer") return false;
    this.#answer.resolve(message.output as Calls[N]["output"]);
    return true;
  }

  fail(error: unknown): void {
    this.#answer.reject(error);
  }
}
