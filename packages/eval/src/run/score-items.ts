import { bootstrap, estimateMean } from "../stats/estimate.ts";
import type { Metric, Outcome, Task } from "../task.ts";
import type { Score } from "./result.ts";

/** Refuses an outcome that lacks a number of its task. */
export function checkOutcome({ name, metrics }: Pick<Task, "name" | "metrics">, outcome: Outcome): void {
  for (const [metric, { aggregate }] of Object.entries(metrics)) {
    const score = outcome.scores[metric];
    if (aggregate === "mean" && !Number.isFinite(score)) {
      throw new TypeError(`Task ${name} gave ${score} for ${metric}; it must be a finite number`);
    }
    const parts = outcome.parts?.[metric];
    if (aggregate === "corpus" && (parts === undefined || !parts.every(Number.isFinite))) {
      throw new TypeError(
        `Task ${name} gave ${JSON.stringify(parts)} as parts of ${metric}; give finite numbers`,
      );
    }
  }
}

/** Every metric of the outcomes of all items. */
export function scoreItems(
  metrics: Readonly<Record<string, Metric>>,
  outcomes: readonly Outcome[],
  seed: number,
): Record<string, Score> {
  const scores: Record<string, Score> = {};
  if (outcomes.length === 0) return scores;
  for (const [name, { aggregate, higherIsBetter, combine }] of Object.entries(metrics)) {
    if (aggregate === "mean") {
      scores[name] = { ...estimateMean(outcomes.map((each) => each.scores[name]!)), higherIsBetter };
      continue;
    }
    if (combine === undefined) throw new TypeError(`Corpus metric ${name} has no combine`);
    const parts = outcomes.map((each) => each.parts![name]!);
    scores[name] = { ...bootstrap(parts, combine, { seed }), higherIsBetter };
  }
  return scores;
}
