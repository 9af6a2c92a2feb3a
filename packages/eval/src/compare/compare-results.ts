import type { Sample, TaskResult } from "../run/result.ts";
import type { Metric } from "../task.ts";
import { type Measured, NotComparableError, otherDifferences, whyNotComparable } from "./comparable.ts";
import { bootstrapPairs, comparePairs, type PairedEstimate } from "./paired.ts";

/** One metric of two results, item by item. */
export interface MetricComparison extends PairedEstimate {
  metric: string;
  higherIsBetter: boolean;
  a: number;
  b: number;
  /** Items where B is better, worse and equal by the item's own number. */
  numWins: number;
  numLosses: number;
  numTies: number;
}

/** An item whose number in the main metric is not the same on both sides. */
export interface ChangedItem {
  index: number;
  a: { score: number; answer: string; note: string | null };
  b: { score: number; answer: string; note: string | null };
  expected: string;
}

/** Two results of one task. */
export interface Comparison {
  task: string;
  a: TaskResult["model"];
  b: TaskResult["model"];
  numItems: number;
  mainMetric: string;
  metrics: readonly MetricComparison[];
  /** Metrics over all items whose formula is not known here. */
  notCompared: readonly string[];
  /** Set-up other than the weights that differs. */
  differences: readonly string[];
  /** Largest changes for the worse first. */
  changed: readonly ChangedItem[];
}

/** Compares two results of a task. Throws NotComparableError that names every field that is in the way. */
export function compareResults(
  a: Measured,
  b: Measured,
  options: { acrossTemplates?: boolean; metrics?: Readonly<Record<string, Metric>> } = {},
): Comparison {
  const { task, mainMetric, seed } = a.result;
  if (task !== b.result.task)
    throw new NotComparableError(task, [`the other result is of the task ${b.result.task}`]);
  const reasons = whyNotComparable(a, b, options);
  if (reasons.length > 0) throw new NotComparableError(task, reasons);
  const twins = new Map(b.samples.map((each) => [each.index, each]));
  const pairs = a.samples.map((left) => [left, twins.get(left.index)!] as const);
  const metrics: MetricComparison[] = [];
  const notCompared: string[] = [];
  for (const [metric, { higherIsBetter, value }] of Object.entries(a.result.scores)) {
    const other = b.result.scores[metric];
    const estimate = other && compareMetric(metric, pairs, { seed, metrics: options.metrics ?? {} });
    if (!estimate) {
      notCompared.push(metric);
      continue;
    }
    const ups = pairs.map(([x, y]) => (scoreOf(y, metric) - scoreOf(x, metric)) * (higherIsBetter ? 1 : -1));
    metrics.push({
      metric,
      higherIsBetter,
      a: value,
      b: other.value,
      ...estimate,
      numWins: ups.filter((each) => each > 0).length,
      numLosses: ups.filter((each) => each < 0).length,
      numTies: ups.filter((each) => each === 0).length,
    });
  }
  metrics.sort((x, y) => Number(y.metric === mainMetric) - Number(x.metric === mainMetric));
  const sign = a.result.scores[mainMetric]?.higherIsBetter === false ? -1 : 1;
  const changed = pairs
    .filter(([x, y]) => scoreOf(x, mainMetric) !== scoreOf(y, mainMetric))
    .map(([x, y]) => ({
      index: x.index,
      a: side(x, mainMetric),
      b: side(y, mainMetric),
      expected: x.outcome!.expected,
    }))
    .sort((x, y) => sign * (x.b.score - x.a.score - (y.b.score - y.a.score)) || x.index - y.index);
  return {
    task,
    a: a.result.model,
    b: b.result.model,
    numItems: a.result.numItems,
    mainMetric,
    metrics,
    notCompared,
    differences: otherDifferences(a.result, b.result),
    changed,
  };
}

type SamplePair = readonly [Sample, Sample];

const scoreOf = ({ outcome }: Sample, metric: string): number => outcome!.scores[metric] ?? Number.NaN;

const side = (sample: Sample, metric: string): ChangedItem["a"] => ({
  score: scoreOf(sample, metric),
  answer: sample.outcome!.answer,
  note: sample.outcome!.note ?? null,
});

/** Null where the figure is none of single items and its formula is not known. */
function compareMetric(
  metric: string,
  pairs: readonly SamplePair[],
  { seed, metrics }: { seed: number; metrics: Readonly<Record<string, Metric>> },
): PairedEstimate | null {
  const isOfAll = pairs.some(([x]) => x.outcome!.parts?.[metric] !== undefined);
  if (!isOfAll) {
    const values = (at: 0 | 1): number[] => pairs.map((pair) => scoreOf(pair[at], metric));
    return comparePairs(values(0), values(1), { seed });
  }
  const combine = metrics[metric]?.combine;
  if (combine === undefined) return null;
  const parts = (list: readonly SamplePair[], at: 0 | 1): (readonly number[])[] =>
    list.map((pair) => pair[at].outcome!.parts![metric]!);
  return bootstrapPairs(pairs, (drawn) => combine(parts(drawn, 1)) - combine(parts(drawn, 0)), {
    seed,
    numResamples: 1000,
  });
}
