import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";

/** Takes bytes; a promise asks to wait with the next. */
export type Sink = (chunk: Buffer) => Promise<void> | undefined;

/** The body of an answer, watched for silence: what comes before it is wanted is kept, but no more is read. */
export class UpstreamStream {
  /** Resolves with the first bytes, or the end. */
  readonly opened: Promise<void>;
  readonly #finished: Promise<void>;
  readonly #incoming: IncomingMessage;
  readonly #timer: NodeJS.Timeout;
  #early: Buffer[] = [];
  #sink: Sink | null = null;

  constructor(incoming: IncomingMessage, idleTimeoutMs: number) {
    this.#incoming = incoming;
    this.#timer = setTimeout(() => {
      const error = new Error(`It was silent for ${idleTimeoutMs / 1000} s`);
      error.name = "NoAnswerError";
      incoming.destroy(error);
    }, idleTimeoutMs);
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#finished = new Promise((resolve, reject) => {
      incoming.on("end", resolve);
      incoming.on("error", reject);
      incoming.on("close", () => reject(new Error("It closed the connection in the middle of its answer")));
    });
    this.opened = Promise.race([opened, this.#finished]);
    // Whoever waits hears of it; nobody may wait yet.
    this.#finished.catch(() => {}).finally(() => clearTimeout(this.#timer));
    this.opened.catch(() => {});
    incoming.on("data", (chunk: Buffer) => {
      this.#timer.refresh();
      if (this.#sink === null) {
        this.#early.push(chunk);
        incoming.pause();
        open();
      } else this.#give(chunk, this.#sink);
    });
  }

  /** Gives all bytes to the sink; rejects when the stream was cut. */
  async drain(sink: Sink): Promise<void> {
    for (const chunk of this.#early) await sink(chunk);
    this.#early = [];
    this.#sink = sink;
    this.#incoming.resume();
    await this.#finished;
  }

  /** The whole body; rejects when it is longer than `maxBytes`. */
  async read(maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let numBytes = 0;
    await this.drain((chunk) => {
      numBytes += chunk.length;
      if (numBytes > maxBytes)
        this.#incoming.destroy(new RangeError(`Its answer is longer than ${maxBytes / 2 ** 20} MiB`));
      else chunks.push(chunk);
      return undefined;
    });
    return Buffer.concat(chunks);
  }

  /** Gives up. */
  destroy(): void {
    this.#incoming.destroy();
  }

  #give(chunk: Buffer, sink: Sink): void {
    const wait = sink(chunk);
    if (wait === undefined) return;
    // A slow client is no fault of the provider.
    this.#incoming.pause();
    const beat = setInterval(() => this.#timer.refresh(), 1000);
    void wait.finally(() => {
      clearInterval(beat);
      this.#incoming.resume();
    });
  }
}
