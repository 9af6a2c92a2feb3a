import type { Timings } from "./request.ts";

/** Times of one generation, from which its `Timings` are told. */
export class Stopwatch {
  readonly #submitted: number = performance.now();
  #started: number | null = null;
  #firstToken: number | null = null;
  #lastToken: number | null = null;
  #numDrawn = 0;

  /** The first step with a chunk of this generation begins. */
  start(): void {
    this.#started ??= performance.now();
  }

  /** A token has been drawn. */
  token(): void {
    this.#lastToken = performance.now();
    this.#firstToken ??= this.#lastToken;
    this.#numDrawn++;
  }

  /** Times so far; `numPrefilled` prompt tokens were computed before the first draw. */
  timings(numPrefilled: number): Timings {
    const started = this.#started ?? this.#submitted;
    const firstToken = this.#firstToken ?? started;
    const prefillMs = firstToken - started;
    const decodeMs = (this.#lastToken ?? firstToken) - firstToken;
    return {
      queueMs: started - this.#submitted,
      prefillMs,
      decodeMs,
      timeToFirstTokenMs: firstToken - this.#submitted,
      prefillTokensPerSecond: perSecond(numPrefilled, prefillMs),
      decodeTokensPerSecond: perSecond(Math.max(0, this.#numDrawn - 1), decodeMs),
    };
  }
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * 1000) / ms : 0;
}
