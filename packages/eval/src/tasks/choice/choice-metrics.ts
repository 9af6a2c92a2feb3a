import type { Metric, Outcome } from "../../task.ts";
import type { ChoiceItem, ChoiceMetric } from "./choice-row.ts";

const mean: Metric = { aggregate: "mean", higherIsBetter: true };

/** Every metric of sets with choices; `acc_char` is `acc` where the choices are letters. */
export const choiceMetrics: Readonly<Record<ChoiceMetric, Metric>> = {
  acc: mean,
  acc_norm: mean,
  acc_bytes: mean,
  acc_char: mean,
  mc2: mean,
  mrr: mean,
  acc_macro: { aggregate: "corpus", higherIsBetter: true, combine: meanOfGroups },
  f1: { aggregate: "corpus", higherIsBetter: true, combine: f1 },
  mcc: { aggregate: "corpus", higherIsBetter: true, combine: matthews },
};

/** Scores of an item from the log-probability of each choice. */
export function scoreChoices(
  metrics: readonly ChoiceMetric[],
  item: ChoiceItem,
  logprobs: readonly number[],
): Pick<Outcome, "scores" | "parts"> & { chosen: number } {
  const best = Math.max(...logprobs);
  const chosen = logprobs.indexOf(best);
  const acc = shareOfBest(logprobs, item);
  const perItem: Record<ChoiceMetric, () => number> = {
    acc: () => acc,
    acc_char: () => acc,
    acc_macro: () => acc,
    acc_norm: () =>
      shareOfBest(
        perLength(logprobs, item.choices, (text) => [...text].length),
        item,
      ),
    acc_bytes: () =>
      shareOfBest(
        perLength(logprobs, item.choices, (text) => Buffer.byteLength(text)),
        item,
      ),
    mrr: () => 1 / (1 + logprobs.filter((value) => value > logprobs[item.right]!).length),
    mc2: () => {
      const masses = logprobs.map((value) => Math.exp(value - best));
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      return sum(masses.filter((_, at) => item.labels[at] === 1)) / sum(masses);
    },
    f1: () => acc,
    mcc: () => acc,
  };
  const parts: Record<string, readonly number[]> = {};
  for (const name of metrics) {
    if (name === "acc_macro") parts[name] = [groupNumber(item.subject), acc];
    if (name === "f1" || name === "mcc") parts[name] = [item.right, chosen];
  }
  return { scores: Object.fromEntries(metrics.map((name) => [name, perItem[name]()])), parts, chosen };
}

/** 1 where the best choice is right, 0 where not; where several are as good as each other, the share of right ones. */
function shareOfBest(values: readonly number[], item: ChoiceItem): number {
  const best = Math.max(...values);
  const isRight = (at: number): boolean =>
    item.labels.length > 0 ? item.labels[at] === 1 : at === item.right;
  const tied = values.flatMap((value, at) => (value === best ? [at] : []));
  return tied.filter(isRight).length / tied.length;
}

function perLength(
  logprobs: readonly number[],
  choices: readonly string[],
  length: (text: string) => number,
): number[] {
  return logprobs.map((value, at) => value / Math.max(1, length(choices[at]!)));
}

/** FNV-1a of a name: parts hold numbers only. */
function groupNumber(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function meanOfGroups(parts: readonly (readonly number[])[]): number {
  const groups = new Map<number, { sum: number; count: number }>();
  for (const [group, score] of parts) {
    const entry = groups.get(group!) ?? { sum: 0, count: 0 };
    entry.sum += score!;
    entry.count++;
    groups.set(group!, entry);
  }
  let total = 0;
  for (const { sum, count } of groups.values()) total += sum / count;
  return groups.size === 0 ? 0 : total / groups.size;
}

/** [right and chosen, chosen only, right only, neither] of the choice 1. */
function confusion(parts: readonly (readonly number[])[]): readonly [number, number, number, number] {
  const count = (right: boolean, chosen: boolean): number =>
    parts.filter((part) => (part[0] === 1) === right && (part[1] === 1) === chosen).length;
  return [count(true, true), count(false, true), count(true, false), count(false, false)];
}

function f1(parts: readonly (readonly number[])[]): number {
  const [both, chosenOnly, rightOnly] = confusion(parts);
  const sum = 2 * both + chosenOnly + rightOnly;
  return sum === 0 ? 0 : (2 * both) / sum;
}

function matthews(parts: readonly (readonly number[])[]): number {
  const [tp, fp, fn, tn] = confusion(parts);
  const root = Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  return root === 0 ? 0 : (tp * tn - fp * fn) / root;
}
