import { createRandom } from "../stats/random.ts";

/** How much better or worse one list of paired numbers is than the other. */
export interface PairedEstimate {
  /** B minus A. */
  difference: number;
  standardError: number | null;
  /** 95 % confidence interval of the difference. */
  interval: readonly [number, number] | null;
  /** Two-sided, of no difference; null where one pair says nothing. */
  pValue: number | null;
  /** `mcnemar`: exact, for 0 and 1, with a normal interval; else the paired bootstrap. */
  method: "mcnemar" | "bootstrap";
}

const Z95 = 1.959963984540054;

/** Compares the means of paired numbers. */
export function comparePairs(
  a: readonly number[],
  b: readonly number[],
  { seed, numResamples = 2000 }: { seed: number; numResamples?: number },
): PairedEstimate {
  const differences = a.map((left, at) => b[at]! - left);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / values.length;
  const isBinary = [...a, ...b].every((each) => each === 0 || each === 1);
  if (!isBinary) return bootstrapPairs(differences, mean, { seed, numResamples });
  const difference = mean(differences);
  if (differences.length < 2)
    return { difference, standardError: null, interval: null, pValue: null, method: "mcnemar" };
  const squares = differences.reduce((sum, each) => sum + (each - difference) ** 2, 0);
  const standardError = Math.sqrt(squares / (differences.length - 1) / differences.length);
  const half = Z95 * standardError;
  const numUp = differences.filter((each) => each > 0).length;
  const numDown = differences.filter((each) => each < 0).length;
  return {
    difference,
    standardError,
    interval: [difference - half, difference + half],
    pValue: mcnemar(numUp, numDown),
    method: "mcnemar",
  };
}

/** Difference of a figure of all pairs at once, drawn again from the pairs (Efron 1979; Koehn 2004 for BLEU). */
export function bootstrapPairs<Pair>(
  pairs: readonly Pair[],
  differenceOf: (pairs: readonly Pair[]) => number,
  { seed, numResamples = 2000 }: { seed: number; numResamples?: number },
): PairedEstimate {
  const difference = differenceOf(pairs);
  const none = {
    difference,
    standardError: null,
    interval: null,
    pValue: null,
    method: "bootstrap",
  } as const;
  if (pairs.length < 2) return none;
  const random = createRandom(seed);
  const drawn = Array.from({ length: numResamples }, () =>
    differenceOf(pairs.map(() => pairs[Math.floor(random() * pairs.length)]!)),
  )
    .filter(Number.isFinite)
    .sort((x, y) => x - y);
  if (drawn.length < 2) return none;
  const middle = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
  const squares = drawn.reduce((sum, each) => sum + (each - middle) ** 2, 0);
  const below = (drawn.filter((each) => each <= 0).length + 1) / (drawn.length + 1);
  const above = (drawn.filter((each) => each >= 0).length + 1) / (drawn.length + 1);
  return {
    difference,
    standardError: Math.sqrt(squares / (drawn.length - 1)),
    interval: [quantile(drawn, 0.025), quantile(drawn, 0.975)],
    pValue: Math.min(1, 2 * Math.min(below, above)),
    method: "bootstrap",
  };
}

/** Exact two-sided test that changes go either way alike: binomial of the pairs that changed (McNemar 1947). */
export function mcnemar(numUp: number, numDown: number): number {
  const count = numUp + numDown;
  let log = -count * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(numUp, numDown); k++) {
    tail += Math.exp(log);
    log += Math.log((count - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (at - below) * (above - sorted[below]!);
}
