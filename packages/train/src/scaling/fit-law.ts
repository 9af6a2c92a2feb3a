import { fitLine, fitParabola, type Parabola } from "./least-squares.ts";

/** What a run of a sweep came to. */
export interface SweepPoint {
  id: string;
  /** Runs of one budget lie on one curve; `flops` is what the run really took. */
  budget: number;
  parameters: number;
  tokens: number;
  flops: number;
  /** On held-out text, in nats per token. */
  loss: number;
}

/** y = coefficient * x^exponent. */
export interface PowerLaw {
  coefficient: number;
  exponent: number;
}

/** Best size of one budget: the bottom of its parabola over log tokens. */
export interface BudgetOptimum {
  budget: number;
  /** Over the natural logarithm of tokens. */
  curve: Parabola;
  tokens: number;
  parameters: number;
  loss: number;
  /** Whether the bottom lies between the runs; outside it is a guess. */
  isInside: boolean;
}

/** Laws through the optima of all budgets. C is `flops`. */
export interface ScalingFit {
  optima: BudgetOptimum[];
  /** N*(C) and D*(C). */
  parameters: PowerLaw;
  tokens: PowerLaw;
  /** L(C) = floor + coefficient * C^exponent; the floor is 0 below four budgets, which cannot tell it. */
  loss: PowerLaw & { floor: number };
  /** Mean curvature of the parabolas: what a run loses by being away from the best size. */
  curvature: number;
}

/** Bounds that hold for a share of resamples. */
export interface Interval {
  low: number;
  high: number;
}

/** A fit with its uncertainty. */
export interface ScalingLaw extends ScalingFit {
  /** Share of resamples within the intervals. */
  confidence: number;
  resamples: number;
  intervals: { parameterExponent: Interval; tokenExponent: Interval; lossExponent: Interval };
  /** Fits of resampled data, for intervals of whatever is predicted. */
  replicas: Pick<ScalingFit, "parameters" | "tokens" | "loss" | "curvature">[];
  /** Standard deviation of losses around the parabolas. */
  noise: number;
}

/** Fits laws to a sweep, and again to resampled residuals of it (Efron 1979). */
export function fitScalingLaw(
  points: readonly SweepPoint[],
  options: { resamples?: number; seed?: number } = {},
): ScalingLaw {
  const { resamples = 400, seed = 1 } = options;
  const fit = fitOnce(points);
  const residuals: number[] = [];
  const predicted = points.map((point) => {
    const curve = fit.optima.find(({ budget }) => budget === point.budget)?.curve;
    return curve === undefined
      ? null
      : curve.lowest + curve.curvature * (Math.log(point.tokens) - curve.at) ** 2;
  });
  // Three numbers of each curve are fitted, so residuals come out too small by this.
  const degrees = Math.max(1, points.length - 3 * fit.optima.length);
  const widen = Math.sqrt(points.length / degrees);
  for (const [i, value] of predicted.entries())
    if (value !== null) residuals.push((points[i]!.loss - value) * widen);
  const random = mulberry32(seed);
  const replicas: ScalingLaw["replicas"] = [];
  for (let i = 0; i < resamples; i++) {
    const drawn = points.map((point, at) => ({
      ...point,
      loss:
        predicted[at] === null
          ? point.loss
          : predicted[at]! + residuals[Math.floor(random() * residuals.length)]!,
    }));
    try {
      const { parameters, tokens, loss, curvature } = fitOnce(drawn);
      replicas.push({ parameters, tokens, loss, curvature });
    } catch (error) {
      // A resample whose curves have no bottom says nothing; how many remain is in `resamples`.
      if (!(error instanceof RangeError)) throw error;
    }
  }
  if (replicas.length < resamples / 2)
    throw new RangeError(
      `Only ${replicas.length} of ${resamples} resamples have a law: the losses are too noisy for these budgets and sizes`,
    );
  const interval = (read: (one: ScalingLaw["replicas"][number]) => number): Interval =>
    quantiles(replicas.map(read));
  return {
    ...fit,
    confidence,
    resamples: replicas.length,
    intervals: {
      parameterExponent: interval(({ parameters }) => parameters.exponent),
      tokenExponent: interval(({ tokens }) => tokens.exponent),
      lossExponent: interval(({ loss }) => loss.exponent),
    },
    replicas,
    noise: Math.sqrt(residuals.reduce((sum, r) => sum + r * r, 0) / residuals.length),
  };
}

/** Share of resamples that intervals hold, and the normal deviate of its bounds. */
export const confidence = 0.9;
export const confidenceDeviate = 1.645;

/** The bounds between which that share of values lies. */
export function quantiles(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}

function fitOnce(points: readonly SweepPoint[]): ScalingFit {
  const optima = [...new Set(points.map(({ budget }) => budget))]
    .sort((a, b) => a - b)
    .flatMap((budget) => findOptimum(points.filter((point) => point.budget === budget)) ?? []);
  if (optima.length < 2)
    throw new RangeError(
      `${optima.length} of the budgets have a best size between their runs, and a law needs two: add smaller or larger sizes`,
    );
  const logC = optima.map(({ budget }) => Math.log(budget));
  const losses = optima.map(({ loss }) => loss);
  return {
    optima,
    parameters: fitPower(
      logC,
      optima.map((one) => one.parameters),
    ),
    tokens: fitPower(
      logC,
      optima.map((one) => one.tokens),
    ),
    loss: fitLoss(logC, losses),
    curvature: optima.reduce((sum, { curve }) => sum + curve.curvature, 0) / optima.length,
  };
}

/** Null where the curve opens downward, or its bottom is more than a factor of 8 away from the runs. */
function findOptimum(points: readonly SweepPoint[]): BudgetOptimum | null {
  const logTokens = points.map(({ tokens }) => Math.log(tokens));
  const curve = fitParabola(
    logTokens,
    points.map(({ loss }) => loss),
  );
  const [low, high] = [Math.min(...logTokens), Math.max(...logTokens)];
  if (!(curve.curvature > 0) || curve.at < low - Math.log(8) || curve.at > high + Math.log(8)) return null;
  // Parameters change smoothly with the tokens that a budget pays for.
  const line = fitLine(
    logTokens,
    points.map(({ parameters }) => Math.log(parameters)),
  );
  return {
    budget: points[0]!.budget,
    curve,
    tokens: Math.exp(curve.at),
    parameters: Math.exp(line.intercept + line.slope * curve.at),
    loss: curve.lowest,
    isInside: curve.at >= low && curve.at <= high,
  };
}

function fitPower(logX: readonly number[], ys: readonly number[]): PowerLaw {
  const { intercept, slope } = fitLine(
    logX,
    ys.map((y) => Math.log(y)),
  );
  return { coefficient: Math.exp(intercept), exponent: slope };
}

/** With four budgets or more, the floor of least squares of the logarithms, in steps of a hundredth of the lowest loss. */
function fitLoss(logC: readonly number[], losses: readonly number[]): ScalingFit["loss"] {
  const lowest = Math.min(...losses);
  const floors = logC.length < 4 ? [0] : Array.from({ length: 99 }, (_, i) => (lowest * i) / 100);
  let best: ScalingFit["loss"] | null = null;
  let bestError = Number.POSITIVE_INFINITY;
  for (const floor of floors) {
    const law = fitPower(
      logC,
      losses.map((loss) => loss - floor),
    );
    let error = 0;
    for (const [i, c] of logC.entries())
      error += (losses[i]! - floor - law.coefficient * Math.exp(law.exponent * c)) ** 2;
    if (error < bestError) [best, bestError] = [{ ...law, floor }, error];
  }
  return best!;
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
