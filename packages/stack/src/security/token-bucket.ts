/** So much for each period, saved up to the amount of one; what is spent beyond it is owed. */
export class TokenBucket {
  readonly #amount: number;
  readonly #periodMs: number;
  #left: number;
  #at: number;

  constructor(amount: number, periodMs: number, now: number) {
    this.#amount = amount;
    this.#periodMs = periodMs;
    this.#left = amount;
    this.#at = now;
  }

  /** Milliseconds until `wanted` is there; 0 when it is. */
  waitMs(wanted: number, now: number): number {
    this.#refill(now);
    const missing = wanted - this.#left;
    return missing <= 0 ? 0 : (missing * this.#periodMs) / this.#amount;
  }

  spend(amount: number, now: number): void {
    this.#refill(now);
    this.#left -= amount;
  }

  #refill(now: number): void {
    const passed = Math.max(0, now - this.#at);
    this.#left = Math.min(this.#amount, this.#left + (passed * this.#amount) / this.#periodMs);
    this.#at = now;
  }
}
