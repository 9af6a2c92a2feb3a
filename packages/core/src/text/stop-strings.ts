/** Finds stop strings in text that comes in pieces, holding back only what may still become one. */
export class StopStrings {
  readonly #stops: readonly string[];
  #held = "";
  #found: string | null = null;

  constructor(stops: readonly string[]) {
    if (stops.includes("")) throw new RangeError("A stop string is empty; leave it out");
    this.#stops = stops;
  }

  /** A stop string has appeared; whatever follows is dropped. */
  get isStopped(): boolean {
    return this.#found !== null;
  }

  /** The stop string that has appeared. */
  get found(): string | null {
    return this.#found;
  }

  /** The text that can be let through now. */
  push(text: string): string {
    if (this.isStopped) return "";
    const seen = this.#held + text;
    const first = this.#firstStop(seen);
    this.#found = first === null ? null : seen.slice(first.start, first.end);
    const end = first?.start ?? seen.length - this.#heldLength(seen);
    this.#held = first === null ? seen.slice(end) : "";
    return seen.slice(0, end);
  }

  /** What was held back when the text ends without a stop string. */
  end(): string {
    const text = this.#held;
    this.#held = "";
    return text;
  }

  /** The stop string that is complete first; of those that end together, the longest. */
  #firstStop(text: string): { start: number; end: number } | null {
    let best: { start: number; end: number } | null = null;
    for (const stop of this.#stops) {
      const start = text.indexOf(stop);
      if (start < 0) continue;
      const end = start + stop.length;
      if (best === null || end < best.end || (end === best.end && start < best.start)) best = { start, end };
    }
    return best;
  }

  /** Length of the longest end of the text that a stop string begins with. */
  #heldLength(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
