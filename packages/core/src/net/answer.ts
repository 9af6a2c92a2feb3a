import { Buffer } from "node:buffer";
import type { Connection, ConnectionPool, ExchangeEvents } from "./connection-pool.ts";
import { NoAnswerError } from "./policy.ts";
import type { AnswerHead } from "./response-parser.ts";

/** Takes bytes; a promise asks to wait with the next. */
export type Sink = (chunk: Buffer) => Promise<void> | undefined;

/** How long an answer may take. */
export interface AnswerTimes {
  /** Until its head. */
  headersTimeoutMs: number;
  /** Silence in its body. */
  idleTimeoutMs: number;
}

/** So much of a body is read before somebody wants it. */
const maxEarlyBytes = 64 * 1024;

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** What a server answers: its head, then its body as it is drained. It is watched for silence. */
export class Answer implements ExchangeEvents {
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  readonly #signal: AbortSignal;
  readonly #times: AnswerTimes;
  readonly #connection: Connection;
  /** Null while nobody waits for a body that has begun. */
  #timer: NodeJS.Timeout | null;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #sink: Sink | null = null;
  /** Sinks that asked to wait. */
  #numSlow = 0;
  #isPaused = false;
  #isOver = false;
  #failure: { error: unknown } | null = null;
  /** For the head, then for the first bytes, then for the end. */
  #waiting: Waiting | null = null;

  /** Sends a request; the answer has begun when `begun` resolves. */
  constructor(
    pool: ConnectionPool,
    request: { head: string; body: string },
    times: AnswerTimes,
    signal: AbortSignal,
  ) {
    this.#times = times;
    this.#signal = signal;
    this.#timer = setTimeout(() => {
      this.#fail(new NoAnswerError(`No answer within ${times.headersTimeoutMs / 1000} s`));
    }, times.headersTimeoutMs);
    signal.addEventListener("abort", this.#onAbort);
    this.#connection = pool.take();
    this.#connection.send(request.head, request.body, this);
  }

  /** Resolves with the head. */
  begun(): Promise<void> {
    return this.status > 0 ? Promise.resolve() : this.#next();
  }

  /** Resolves with the first bytes of the body, or its end. */
  opened(): Promise<void> {
    return this.#earlyBytes > 0 || this.#isOver ? Promise.resolve() : this.#next();
  }

  /** Gives all bytes to the sink; rejects when the answer was cut. */
  async drain(sink: Sink): Promise<void> {
    for (let chunk = this.#early.shift(); chunk !== undefined; chunk = this.#early.shift()) {
      const wait = sink(chunk);
      if (wait !== undefined) await wait;
    }
    this.#sink = sink;
    if (this.#isPaused) this.#resume();
    if (!this.#isOver) await this.#next();
  }

  /** The whole body; rejects when it is longer than `maxBytes`. */
  async read(maxBytes: number): Promise<Buffer> {
    const tooLong = (): RangeError => new RangeError(`Its answer is longer than ${maxBytes / 2 ** 20} MiB`);
    const chunks: Buffer[] = [];
    let numBytes = 0;
    await this.drain((chunk) => {
      numBytes += chunk.length;
      if (numBytes > maxBytes) this.#fail(tooLong());
      else chunks.push(chunk);
      return undefined;
    });
    // It was over before anybody read it.
    if (numBytes > maxBytes) throw tooLong();
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  /** Gives up. */
  destroy(): void {
    if (this.#isOver || this.#failure !== null) return;
    this.#connection.destroy();
    this.#fail(new Error("Nobody waits for its answer any more"));
  }

  onHead({ status, headers }: AnswerHead): void {
    this.status = status;
    this.headers = headers;
    clearTimeout(this.#timer!);
    this.#timer = null;
    this.#wake();
  }

  onBytes(chunk: Buffer): void {
    this.#timer?.refresh();
    if (this.#sink !== null) {
      this.#give(chunk, this.#sink);
      return;
    }
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > maxEarlyBytes) this.#pause();
    this.#wake();
  }

  onEnd(): void {
    this.#isOver = true;
    this.#forget();
    this.#wake();
  }

  onFailure(error: Error): void {
    this.#fail(error);
  }

  readonly #onAbort = (): void => {
    this.#connection.destroy();
    this.#fail(this.#signal.reason);
  };

  #onSilence(): void {
    // A slow client is no fault of the server.
    if (this.#numSlow > 0) this.#timer?.refresh();
    else this.#fail(new NoAnswerError(`It was silent for ${this.#times.idleTimeoutMs / 1000} s`));
  }

  #give(chunk: Buffer, sink: Sink): void {
    const wait = sink(chunk);
    if (wait === undefined) return;
    this.#numSlow++;
    this.#pause();
    void wait.finally(() => {
      this.#timer?.refresh();
      if (--this.#numSlow === 0) this.#resume();
    });
  }

  #pause(): void {
    this.#isPaused = true;
    this.#connection.pause();
  }

  #resume(): void {
    this.#isPaused = false;
    // The connection may serve others by now.
    if (!this.#isOver) this.#connection.resume();
  }

  #next(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    this.#timer ??= setTimeout(() => this.#onSilence(), this.#times.idleTimeoutMs);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #wake(): void {
    // Who waits for the end is not woken by bytes.
    if (this.#sink !== null && !this.#isOver) return;
    this.#waiting?.resolve();
    this.#waiting = null;
  }

  #fail(error: unknown): void {
    if (this.#isOver || this.#failure !== null) return;
    this.#failure = { error };
    this.#connection.destroy();
    this.#forget();
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  #forget(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
