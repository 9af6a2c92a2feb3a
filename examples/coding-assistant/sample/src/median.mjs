/** The value in the middle of a list of numbers. */
export function median(values) {
  if (values.length === 0) throw new RangeError("The median of nothing is not defined");
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
