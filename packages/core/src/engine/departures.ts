const weight = 0.2;

/** How often requests are done: what tells those that find the line full when to come again. */
export class Departures {
  #last: number | null = null;
  #intervalMs: number | null = null;

  /** A request is done. */
  note(now: number = performance.now()): void {
    if (this.#last !== null) {
      const interval = now - this.#last;
      this.#intervalMs =
        this.#intervalMs === null ? interval : this.#intervalMs + weight * (interval - this.#intervalMs);
    }
    this.#last = now;
  }

  /** Until the next one, in milliseconds from a second to a minute. */
  expectedMs(): number {
    return Math.round(Math.min(60_000, Math.max(1000, this.#intervalMs ?? 1000)));
  }
}
