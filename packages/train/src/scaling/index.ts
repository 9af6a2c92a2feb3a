/** Scaling laws: sweeps at fixed budgets, fits with intervals, predictions and how they came out. */
export { fitScalingLaw, type Interval, type ScalingLaw, type SweepPoint } from "./fit-law.ts";
export { scalingPage } from "./picture.ts";
export { planSweep, resize, type SweepOptions, type SweepRun, type SweepSize } from "./plan-sweep.ts";
export { type Comparison, comparePrediction, type PlannedRun, type Prediction, predict } from "./predict.ts";
export { readPoints, runSweep, type TrainOne } from "./run-sweep.ts";
