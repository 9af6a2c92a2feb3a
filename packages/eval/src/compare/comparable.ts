import type { Sample, TaskResult } from "../run/result.ts";

/** One side of a comparison. */
export interface Measured {
  result: TaskResult;
  /** Those of the result's task, in order. */
  samples: readonly Sample[];
}

/** Two results measure different things. */
export class NotComparableError extends Error {
  override name = "NotComparableError";
  readonly reasons: readonly string[];

  constructor(task: string, reasons: readonly string[]) {
    super(`The results of ${task} cannot be compared: ${reasons.join("; ")}`);
    this.reasons = reasons;
  }
}

const mustAgree: readonly { name: string; of: (result: TaskResult) => unknown }[] = [
  { name: "task version", of: ({ version }) => version },
  { name: "data digest", of: ({ dataDigest }) => dataDigest },
  { name: "split", of: ({ split }) => split },
  { name: "number of shots", of: ({ shots }) => shots.count },
  { name: "choice of shots", of: ({ shots }) => shots.choice },
  { name: "seed", of: ({ seed }) => seed },
  { name: "limit", of: ({ limit }) => limit },
  { name: "number of items", of: ({ numItems }) => numItems },
  { name: "main metric", of: ({ mainMetric }) => mainMetric },
  { name: "judge", of: ({ judge }) => judge && [judge.model, judge.modelHash] },
];

/** Why two results of one task are no measure of the two models; empty where they are. */
export function whyNotComparable(
  a: Measured,
  b: Measured,
  { acrossTemplates = false }: { acrossTemplates?: boolean } = {},
): string[] {
  const reasons: string[] = [];
  for (const { name, of } of mustAgree) {
    const [left, right] = [JSON.stringify(of(a.result)), JSON.stringify(of(b.result))];
    if (left !== right) reasons.push(`${name} ${left} and ${right}`);
  }
  for (const [side, { result, samples }] of [["A", a] as const, ["B", b] as const]) {
    const numScored = samples.filter(({ outcome }) => outcome !== null).length;
    if (numScored === result.numItems && result.numErrors === 0) continue;
    reasons.push(`${side} is partial: ${numScored} of ${result.numItems} items have a score; run it again`);
  }
  if (reasons.length > 0) return reasons;
  const byIndex = new Map(b.samples.map((each) => [each.index, each]));
  const other = a.samples.find(({ index, prompt }) => {
    const twin = byIndex.get(index);
    return twin === undefined || JSON.stringify(twin.prompt) !== JSON.stringify(prompt);
  });
  if (other !== undefined) reasons.push(`the prompt of item ${other.index} differs`);
  const [left, right] = [a.result.model.templateHash, b.result.model.templateHash];
  // A raw text is continued without the chat template.
  const usesTemplate = a.samples.some(({ prompt }) => prompt.kind === "chat");
  if (usesTemplate && left !== right && !acrossTemplates)
    reasons.push(
      `chat template ${short(left)} and ${short(right)}; --across-templates compares the models each with its own`,
    );
  return reasons;
}

const short = (hash: string | null): string => (hash === null ? "not told" : hash.slice(0, 12));

/** What differs beside the weights, and may be part of a difference of scores. */
export function otherDifferences(a: TaskResult, b: TaskResult): string[] {
  const fields = ["backend", "mode", "settings", "templateHash"] as const;
  return fields.flatMap((field) => {
    const [left, right] = [a.model[field] ?? null, b.model[field] ?? null].map((each) =>
      JSON.stringify(each),
    );
    return left === right ? [] : [`${field}: ${left} and ${right}`];
  });
}
