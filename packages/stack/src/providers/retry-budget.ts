/**
 * Keeps retries from multiplying the load on a provider that fails: each request earns a tenth of a retry, ten are
 * saved at most (as gRPC throttles, proposal A6).
 */
export class RetryBudget {
  static readonly max = 10;
  #tokens = RetryBudget.max;

  earn(): void {
    this.#tokens = Math.min(RetryBudget.max, this.#tokens + 0.1);
  }

  /** Whether there is a retry to spend; spends it. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
