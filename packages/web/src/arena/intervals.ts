import type { ArenaRating } from "@llamero/stack/api/arena";

/** The axis that all ratings of a ranking share. */
export interface RatingAxis {
  from: number;
  to: number;
  ticks: readonly number[];
}

/** An axis with round ticks around all intervals. */
export function ratingAxis(ratings: readonly Pick<ArenaRating, "rating" | "interval">[]): RatingAxis {
  const values = ratings.flatMap(({ rating, interval }) => [rating, ...(interval ?? [])]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(high - low, 50);
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => span / each <= 5) ?? 10 * power;
  const from = Math.floor((low - step * 0.1) / step) * step;
  const to = Math.ceil((high + step * 0.1) / step) * step;
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);
  return { from, to, ticks };
}

/** Place of a rating on the axis, from 0 to 100. */
export function placeOf(value: number, { from, to }: RatingAxis): number {
  return ((value - from) / (to - from)) * 100;
}
