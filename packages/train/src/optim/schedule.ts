/**
 * Learning rate by step, as plain data. Warm-up rises linearly over `warmupSteps`; what follows depends on the shape:
 * `cosine` and `linear` fall to `peak * finalRatio` at `steps`, `constant` stays, and `wsd` (warm-up, stable, decay;
 * Hu et al. 2024) stays and falls linearly over the last `decaySteps`.
 */
export interface Schedule {
  shape: "cosine" | "linear" | "constant" | "wsd";
  peak: number;
  /** Optimizer steps of the whole run. */
  steps: number;
  warmupSteps: number;
  /** Share of the peak that is left at the end; 0 anneals to zero. */
  finalRatio: number;
  /** Length of the last phase of `wsd`. */
  decaySteps: number;
  /**
   * The last steps of the run, in which the rate falls linearly to zero from where it was; the shape is of the steps
   * before them. 0 without it.
   */
  annealSteps?: number;
}

type Shape = (schedule: Schedule, step: number) => number;

/** Share of the way from `from` to the end of the run, of 1, that the update of `step` has come. */
function progress({ steps }: Schedule, step: number, from: number): number {
  return steps <= from ? 1 : Math.min(1, Math.max(0, (step + 1 - from) / (steps - from)));
}

const falling = (finalRatio: number, share: number): number => 1 - (1 - finalRatio) * share;

const shapes: Readonly<Record<Schedule["shape"], Shape>> = {
  constant: () => 1,
  linear: (schedule, step) => falling(schedule.finalRatio, progress(schedule, step, schedule.warmupSteps)),
  cosine: (schedule, step) => {
    const share = progress(schedule, step, schedule.warmupSteps);
    return schedule.finalRatio + (1 - schedule.finalRatio) * 0.5 * (1 + Math.cos(Math.PI * share));
  },
  wsd: (schedule, step) =>
    falling(schedule.finalRatio, progress(schedule, step, schedule.steps - schedule.decaySteps)),
};

/** Learning rate of the update of `step`, from 0. The first step of a warm-up is above zero. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { peak, warmupSteps, steps, annealSteps = 0 } = schedule;
  if (annealSteps > 0) {
    const main: Schedule = { ...schedule, steps: steps - annealSteps, annealSteps: 0 };
    if (step < main.steps) return learningRateAt(main, step);
    const reached = main.steps === 0 ? peak : learningRateAt(main, main.steps - 1);
    return reached * (1 - Math.min(1, (step + 1 - main.steps) / annealSteps));
  }
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  return peak * shapes[schedule.shape](schedule, step);
}

/** Throws RangeError for a schedule that makes no sense. */
export function checkSchedule(schedule: Schedule): Schedule {
  const { shape, peak, warmupSteps, finalRatio, decaySteps, annealSteps = 0 } = schedule;
  const steps = schedule.steps - annealSteps;
  const wrong = (what: string): RangeError => new RangeError(`Schedule: ${what}`);
  if (!Object.hasOwn(shapes, shape))
    throw wrong(`shape ${JSON.stringify(shape)} is not one of ${Object.keys(shapes).join(", ")}`);
  if (!(peak > 0)) throw wrong(`the learning rate is ${peak}; it must be above 0`);
  if (!Number.isSafeInteger(schedule.steps) || schedule.steps < 1)
    throw wrong(`steps is ${schedule.steps}; it must be 1 or more`);
  if (!(annealSteps >= 0 && steps >= 0))
    throw wrong(`annealSteps is ${annealSteps}, more than the ${schedule.steps} steps of the run`);
  if (!(warmupSteps >= 0 && warmupSteps <= steps))
    throw wrong(`warmupSteps is ${warmupSteps} of ${steps} steps; take fewer`);
  if (!(finalRatio >= 0 && finalRatio <= 1)) throw wrong(`finalRatio is ${finalRatio}; it lies in 0 to 1`);
  if (!(decaySteps >= 0 && decaySteps + warmupSteps <= steps))
    throw wrong(`decaySteps is ${decaySteps}; with ${warmupSteps} of warm-up it is more than ${steps} steps`);
  return schedule;
}
