import { createRandom, drawWithoutReplacement } from "../stats/random.ts";
import type { Task } from "../task.ts";
import type { ShotChoice } from "./result.ts";

/** Draws for an item depend on the seed and its place alone, so that items can be asked in any order. */
const spread = 0x9e3779b1;

/** The shots of an item; never the item itself. Throws RangeError where there are too few. */
export function chooseShots<Item>(
  task: Pick<Task<Item>, "name" | "shotPool">,
  item: { index: number; item: Item },
  {
    pool,
    isOwnPool,
    count,
    choice,
    seed,
  }: {
    pool: readonly Item[];
    /** The pool is the scored items themselves. */
    isOwnPool: boolean;
    count: number;
    choice: ShotChoice;
    seed: number;
  },
): Item[] {
  if (count === 0) return [];
  const others = isOwnPool ? pool.filter((_, index) => index !== item.index) : pool;
  const candidates = task.shotPool?.(item.item, others) ?? others;
  if (candidates.length < count) {
    throw new RangeError(
      `${task.name} has ${candidates.length} records that can be shots of item ${item.index}, but ${count} are wanted; ask for fewer shots`,
    );
  }
  if (choice === "first") return candidates.slice(0, count);
  const random = createRandom((seed ^ Math.imul(item.index + 1, spread)) >>> 0);
  return drawWithoutReplacement(candidates.length, count, random).map((at) => candidates[at]!);
}
