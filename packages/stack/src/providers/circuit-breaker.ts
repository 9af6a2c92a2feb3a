/** When a provider that fails is left alone, and for how long. */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  maxFailures: number;
  /** How long it stays open the first time; doubled each time that a probe fails. */
  openMs: number;
  maxOpenMs: number;
  now?: () => number;
}

/** Stops asking a provider that has failed several times in a row; one request at a time tries whether it is back. */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #now: () => number;
  #failures = 0;
  #opened = 0;
  #openUntil = 0;
  #isProbing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Milliseconds until it may be asked again; 0 when it may now. */
  get waitMs(): number {
    if (this.#opened === 0) return 0;
    const left = this.#openUntil - this.#now();
    if (left > 0) return left;
    return this.#isProbing ? this.#options.openMs : 0;
  }

  get isOpen(): boolean {
    return this.#opened > 0;
  }

  /** Whether the request may be made; the caller reports how it went. */
  enter(): boolean {
    if (this.waitMs > 0) return false;
    if (this.isOpen) this.#isProbing = true;
    return true;
  }

  succeed(): void {
    this.#failures = 0;
    this.#opened = 0;
    this.#isProbing = false;
  }

  /** Neither success nor failure: the request was aborted or is at fault itself. */
  leave(): void {
    this.#isProbing = false;
  }

  fail(): void {
    const { maxFailures, openMs, maxOpenMs } = this.#options;
    this.#isProbing = false;
    this.#failures++;
    if (this.#failures < maxFailures) return;
    this.#openUntil = this.#now() + Math.min(maxOpenMs, openMs * 2 ** this.#opened);
    this.#opened++;
  }
}
