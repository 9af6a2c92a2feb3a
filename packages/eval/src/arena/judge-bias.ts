import { type Estimate, estimateMean } from "../stats/estimate.ts";

/** Which of the answers that a judge read, in the order in which it read them. */
export type Place = "first" | "second" | "tie";

/** What a judge said of one pair in both orders; in `swapped` the right answer came first. */
export interface TwoOrders {
  straight: Place;
  swapped: Place;
}

/** How much a judge looks at places instead of answers. */
export interface JudgeBias {
  numPairs: number;
  /** Share of pairs whose verdict changed with the order. */
  inconsistent: Estimate | null;
  /** Share that took the answer read first in both orders, and the one read second. */
  prefersFirst: number;
  prefersSecond: number;
}

/** The verdict of both orders: the answer that won twice, else a tie. */
export function settle({ straight, swapped }: TwoOrders): "left" | "right" | "tie" {
  if (straight === "first" && swapped === "second") return "left";
  if (straight === "second" && swapped === "first") return "right";
  return "tie";
}

/** Whether both orders came to the same. */
export function isConsistent(orders: TwoOrders): boolean {
  return settle(orders) !== "tie" || (orders.straight === "tie" && orders.swapped === "tie");
}

/** Position bias of a judge over its pairs. */
export function measureBias(all: readonly TwoOrders[]): JudgeBias {
  const share = (place: Place): number =>
    all.length === 0
      ? 0
      : all.filter(({ straight, swapped }) => straight === place && swapped === place).length / all.length;
  return {
    numPairs: all.length,
    inconsistent: all.length === 0 ? null : estimateMean(all.map((each) => (isConsistent(each) ? 0 : 1))),
    prefersFirst: share("first"),
    prefersSecond: share("second"),
  };
}
