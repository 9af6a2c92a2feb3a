/** Longest stretch of computing before timers get their turn (design 3a.3). */
const SLICE_MS = 20;

/** Gives the event loop its turn during a long run, and ends the run when it is aborted. */
export class Pacer {
  readonly #signal: AbortSignal | undefined;
  #sliceEnd: number = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  isDue(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Waits for a turn of the event loop: abort signals fire from timers and sockets, not from microtasks. */
  async pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#signal?.throwIfAborted();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}
