/** A rater's label of an item. */
export interface Label {
  item: string;
  rater: string;
  label: string;
}

/** How far two raters agree. */
export interface RaterPair {
  raters: readonly [string, string];
  /** Items that both labeled. */
  numItems: number;
  agreement: number;
  /** Cohen's kappa; null where chance alone would agree on all. */
  kappa: number | null;
}

/** How far raters agree on the items that at least two of them labeled. */
export interface Agreement {
  numItems: number;
  numRaters: number;
  /** Share of agreeing pairs of labels of an item, mean over items; null without such items. */
  agreement: number | null;
  /** Fleiss' kappa, items weighing alike however many labeled them; null where chance would agree on all. */
  kappa: number | null;
  pairs: readonly RaterPair[];
}

/** Agreement beyond chance. */
const beyondChance = (observed: number, chance: number): number | null =>
  1 - chance < 1e-12 ? null : (observed - chance) / (1 - chance);

/** Cohen's kappa (1960) of two raters who labeled the same items. */
export function cohenKappa(first: readonly string[], second: readonly string[]): number | null {
  if (first.length !== second.length || first.length === 0)
    throw new RangeError(
      `Cohen's kappa takes labels of the same items, not ${first.length} and ${second.length}`,
    );
  const share = (labels: readonly string[], label: string): number =>
    labels.filter((each) => each === label).length / labels.length;
  const observed = first.filter((label, at) => label === second[at]).length / first.length;
  const chance = [...new Set(first)].reduce(
    (sum, label) => sum + share(first, label) * share(second, label),
    0,
  );
  return beyondChance(observed, chance);
}

/** Fleiss' kappa (1971): `counts` has for each item how many raters gave each label, at least two in all. */
export function fleissKappa(counts: readonly (readonly number[])[]): number | null {
  if (counts.length === 0) throw new RangeError("Fleiss' kappa takes at least one item");
  const total = (row: readonly number[]): number => row.reduce((sum, each) => sum + each, 0);
  const few = counts.find((row) => total(row) < 2);
  if (few !== undefined)
    throw new RangeError(`Fleiss' kappa takes items of at least two labels, not ${total(few)}`);
  const observed = counts.reduce((sum, row) => sum + agreeing(row), 0) / counts.length;
  const all = counts.reduce((sum, row) => sum + total(row), 0);
  const chance = counts[0]!
    .map((_, label) => counts.reduce((sum, row) => sum + row[label]!, 0) / all)
    .reduce((sum, share) => sum + share ** 2, 0);
  return beyondChance(observed, chance);
}

/** Share of the pairs of labels of an item that are alike. */
function agreeing(row: readonly number[]): number {
  const count = row.reduce((sum, each) => sum + each, 0);
  return row.reduce((sum, each) => sum + each * (each - 1), 0) / (count * (count - 1));
}

/** Agreement of all raters, and of each two of them. */
export function raterAgreement(labels: readonly Label[]): Agreement {
  const byItem = new Map<string, Map<string, string>>();
  for (const { item, rater, label } of labels) {
    const ofItem = byItem.get(item) ?? new Map<string, string>();
    byItem.set(item, ofItem.set(rater, label));
  }
  const shared = [...byItem.values()].filter(({ size }) => size >= 2);
  const names = [...new Set(shared.flatMap((each) => [...each.values()]))].sort();
  const counts = shared.map((each) =>
    names.map((name) => [...each.values()].filter((label) => label === name).length),
  );
  const raters = [...new Set(labels.map(({ rater }) => rater))].sort();
  const pairs = raters.flatMap((one, at) =>
    raters.slice(at + 1).flatMap((other): RaterPair[] => {
      const both = shared.filter((each) => each.has(one) && each.has(other));
      if (both.length === 0) return [];
      const [first, second] = [both.map((each) => each.get(one)!), both.map((each) => each.get(other)!)];
      const agreement = first.filter((label, index) => label === second[index]).length / both.length;
      return [{ raters: [one, other], numItems: both.length, agreement, kappa: cohenKappa(first, second) }];
    }),
  );
  return {
    numItems: shared.length,
    numRaters: raters.length,
    agreement:
      counts.length === 0 ? null : counts.reduce((sum, row) => sum + agreeing(row), 0) / counts.length,
    kappa: counts.length === 0 ? null : fleissKappa(counts),
    pairs,
  };
}
