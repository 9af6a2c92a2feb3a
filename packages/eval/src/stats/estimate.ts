import { createRandom } from "./random.ts";

/** A figure and how sure it is. */
export interface Estimate {
  value: number;
  /** Null where one item says nothing about the spread. */
  standardError: number | null;
  /** 95 % confidence interval; null where there is no standard error. */
  interval: readonly [number, number] | null;
  /** How the interval was found: Wilson for shares of right answers, normal for other means, else bootstrap. */
  method: "wilson" | "normal" | "bootstrap";
  numItems: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z95 = 1.959963984540054;

/**
 * Mean of the items with the standard error s / sqrt(n), s with n - 1. Where all are 0 or 1 the interval is Wilson's
 * (1927), which stays inside 0 to 1 and has a width where all items agree.
 */
export function estimateMean(values: readonly number[]): Estimate {
  const numItems = values.length;
  if (numItems === 0) throw new RangeError("There are no values to take the mean of");
  const value = values.reduce((sum, each) => sum + each, 0) / numItems;
  const isShare = values.every((each) => each === 0 || each === 1);
  const method = isShare ? "wilson" : "normal";
  if (numItems === 1) return { value, standardError: null, interval: null, method, numItems };
  const squares = values.reduce((sum, each) => sum + (each - value) ** 2, 0);
  const standardError = Math.sqrt(squares / (numItems - 1) / numItems);
  const interval = isShare ? wilson(value, numItems) : around(value, Z95 * standardError);
  return { value, standardError, interval, method, numItems };
}

const around = (value: number, half: number): [number, number] => [value - half, value + half];

function wilson(share: number, numItems: number): [number, number] {
  const z2 = Z95 ** 2 / numItems;
  const center = (share + z2 / 2) / (1 + z2);
  const half = (Z95 * Math.sqrt((share * (1 - share)) / numItems + z2 / (4 * numItems))) / (1 + z2);
  return [Math.max(0, center - half), Math.min(1, center + half)];
}

/** Figure of all items at once, with spread and percentile interval of as many draws with replacement (Efron 1979). */
export function bootstrap<Part>(
  parts: readonly Part[],
  combine: (parts: readonly Part[]) => number,
  { seed, numResamples = 1000 }: { seed: number; numResamples?: number },
): Estimate {
  const numItems = parts.length;
  if (numItems === 0) throw new RangeError("There are no items to combine");
  const value = combine(parts);
  if (numItems === 1) return { value, standardError: null, interval: null, method: "bootstrap", numItems };
  const random = createRandom(seed);
  const drawn = Array.from({ length: numResamples }, () =>
    combine(Array.from({ length: numItems }, () => parts[Math.floor(random() * numItems)]!)),
  ).filter((each) => Number.isFinite(each));
  if (drawn.length === 0) {
    return { value, standardError: null, interval: null, method: "bootstrap", numItems };
  }
  const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
  const squares = drawn.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const standardError = Math.sqrt(squares / Math.max(1, drawn.length - 1));
  drawn.sort((a, b) => a - b);
  const interval = [quantile(drawn, 0.025), quantile(drawn, 0.975)] as const;
  return { value, standardError, interval, method: "bootstrap", numItems };
}

/** Of sorted values, with interpolation between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return sorted[below]! + (at - below) * (above - sorted[below]!);
}
