import type { AttributeFilter } from "../api/vector-search.ts";
import type { Attributes } from "../api/vector-stores.ts";

type Value = string | number | boolean;

/** Comparisons of an attribute that is there with the filter's value. */
const comparisons: Readonly<Record<string, (found: Value, value: Value | Value[]) => boolean>> = {
  eq: (found, value) => found === value,
  ne: (found, value) => found !== value,
  gt: (found, value) => isOrdered(found, value) && found > value,
  gte: (found, value) => isOrdered(found, value) && found >= value,
  lt: (found, value) => isOrdered(found, value) && found < value,
  lte: (found, value) => isOrdered(found, value) && found <= value,
  in: (found, value) => [value].flat().includes(found),
  nin: (found, value) => ![value].flat().includes(found),
};

/** Only numbers among themselves, and strings among themselves, have an order. */
const isOrdered = (found: Value, value: Value | Value[]): value is string | number =>
  typeof found === typeof value && typeof found !== "boolean";

/** Whether attributes pass a filter. One that is not there is unequal to everything and in nothing. */
export function matchesFilter(filter: AttributeFilter, attributes: Attributes): boolean {
  if ("filters" in filter) {
    const passes = (each: AttributeFilter): boolean => matchesFilter(each, attributes);
    return filter.type === "and" ? filter.filters.every(passes) : filter.filters.some(passes);
  }
  if (!Object.hasOwn(attributes, filter.key)) return filter.type === "ne" || filter.type === "nin";
  return comparisons[filter.type]!(attributes[filter.key]!, filter.value);
}
