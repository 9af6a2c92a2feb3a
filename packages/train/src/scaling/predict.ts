import { confidenceDeviate, type Interval, quantiles, type ScalingFit, type ScalingLaw } from "./fit-law.ts";

/** A run that is larger than those of the sweep. */
export interface PlannedRun {
  parameters: number;
  tokens: number;
  flops: number;
}

/** What a law says of a run before it. */
export interface Prediction {
  version: 1;
  /** Time of writing; a run that began before is no test of it. */
  writtenAt: string;
  run: PlannedRun;
  loss: number;
  interval: Interval;
  confidence: number;
  /** What the budget would best be spent on, and the loss then. */
  best: PlannedRun & { loss: number };
  law: Pick<ScalingFit, "parameters" | "tokens" | "loss" | "curvature">;
}

/** How a prediction came out. */
export interface Comparison {
  predicted: number;
  measured: number;
  /** Measured less predicted, as a share of predicted. */
  error: number;
  isInInterval: boolean;
}

type Laws = Prediction["law"];

/** Loss of the best run of a budget, and what a run that is not the best loses. */
function lossOf({ loss, tokens, curvature }: Laws, run: PlannedRun): number {
  const best = loss.floor + loss.coefficient * run.flops ** loss.exponent;
  const distance = Math.log(run.tokens) - Math.log(tokens.coefficient * run.flops ** tokens.exponent);
  return best + curvature * distance * distance;
}

/** Predicts the loss of a run, with an interval of the law's uncertainty and the noise of single runs. */
export function predict(law: ScalingLaw, run: PlannedRun, now: Date = new Date()): Prediction {
  for (const key of ["parameters", "tokens", "flops"] as const)
    if (!(run[key] > 0 && Number.isFinite(run[key])))
      throw new RangeError(`${key} of the planned run is ${run[key]}; it takes a number above 0`);
  const draws = law.replicas.map((replica) => lossOf(replica, run));
  const { low, high } = quantiles(draws);
  const loss = lossOf(law, run);
  const spread = confidenceDeviate * law.noise;
  const tokens = law.tokens.coefficient * run.flops ** law.tokens.exponent;
  const parameters = law.parameters.coefficient * run.flops ** law.parameters.exponent;
  return {
    version: 1,
    writtenAt: now.toISOString(),
    run,
    loss,
    interval: {
      low: loss - Math.hypot(loss - Math.min(low, loss), spread),
      high: loss + Math.hypot(Math.max(high, loss) - loss, spread),
    },
    confidence: law.confidence,
    best: {
      parameters,
      tokens,
      flops: run.flops,
      loss: law.loss.floor + law.loss.coefficient * run.flops ** law.loss.exponent,
    },
    law: { parameters: law.parameters, tokens: law.tokens, loss: law.loss, curvature: law.curvature },
  };
}

/** Compares a prediction with what came out. Throws where the run began before the prediction was written. */
export function comparePrediction(
  prediction: Prediction,
  measured: { loss: number; startedAt: string },
): Comparison {
  if (!Number.isFinite(measured.loss))
    throw new RangeError(`The measured loss is ${measured.loss}, not a number`);
  if (!(Date.parse(measured.startedAt) >= Date.parse(prediction.writtenAt)))
    throw new RangeError(
      `The run began at ${measured.startedAt}, before the prediction was written at ${prediction.writtenAt}: that is no prediction`,
    );
  const { loss, interval } = prediction;
  return {
    predicted: loss,
    measured: measured.loss,
    error: measured.loss / loss - 1,
    isInInterval: measured.loss >= interval.low && measured.loss <= interval.high,
  };
}
