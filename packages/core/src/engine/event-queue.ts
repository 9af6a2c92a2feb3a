/** Hands events from a producer that never waits to one consumer; bounded by what the producer makes. */
export class EventQueue<T> {
  readonly #events: T[] = [];
  #failure: { error: unknown } | null = null;
  #wake: (() => void) | null = null;

  push(event: T): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** Drops, and returns, what the consumer has not taken. */
  clear(): T[] {
    return this.#events.splice(0);
  }

  /** Events already pushed are dropped: a failed producer has nothing more to say. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** The next event, or a rejection with what `fail` got. */
  async next(): Promise<T> {
    while (this.#failure === null && this.#events.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== null) throw this.#failure.error;
    return this.#events.shift()!;
  }
}
