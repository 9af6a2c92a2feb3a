import type { AttributeFilter, PlainFilter } from "../api/vector-search.ts";
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

/** Either form of a filter of a request as one; null where it lets all pass. */
export function toFilter(given: AttributeFilter | PlainFilter | null | undefined): AttributeFilter | null {
  if (given == null || isTyped(given)) return given ?? null;
  const filters = Object.entries(given).map(([key, value]) => ({ type: "eq" as const, key, value }));
  return filters.length === 0 ? null : { type: "and", filters };
}

const isTyped = (filter: AttributeFilter | PlainFilter): filter is AttributeFilter => "type" in filter;

/** Whether attributes pass a filter. One that is not there is unequal to everything and in nothing. */
export function matchesFilter(filter: AttributeFilter, attributes: Attributes): boolean {
  if ("filters" in filter) {
    const passes = (each: AttributeFilter): boolean => matchesFilter(each, attributes);
    return filter.type === "and" ? filter.filters.every(passes) : filter.filters.some(passes);
  }
  if (!Object.hasOwn(attributes, filter.key)) return filter.type === "ne" || filter.type === "nin";
  return comparisons[filter.type]!(attributes[filter.key]!, filter.value);
}
