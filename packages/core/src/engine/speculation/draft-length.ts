/** Lengths tried, so that each gets a measured cost soon. */
const lengths = [1, 2, 3, 5, 7, 11, 15, 23, 31, 47, 63] as const;

/** A gain below this is noise. */
const worthwhile = 1.03;

/** Tokens that a step gives on average with `length` guesses, each right with probability `rate` after a right one. */
export function expectedTokens(rate: number, length: number): number {
  return rate >= 1 ? length + 1 : (1 - rate ** (length + 1)) / (1 - rate);
}

/** How many guesses give the most tokens per millisecond; 0 where none give clearly more than no guess. */
export function bestDraftLength(options: {
  rate: number;
  max: number;
  /** Milliseconds of a step with so many guesses. */
  costOf: (length: number) => number;
}): number {
  const { rate, max, costOf } = options;
  let best = 0;
  let bestSpeed = worthwhile / costOf(0);
  for (const length of lengths) {
    const tried = Math.min(length, max);
    if (tried <= best) break;
    const speed = expectedTokens(rate, tried) / costOf(tried);
    if (speed > bestSpeed) [best, bestSpeed] = [tried, speed];
    if (tried === max) break;
  }
  return best;
}
