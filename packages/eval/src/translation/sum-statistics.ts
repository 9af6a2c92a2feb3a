/** Sums of the sufficient statistics of all sentences, place by place. */
export function sumStatistics(parts: readonly (readonly number[])[]): number[] {
  const sums = new Array<number>(parts[0]?.length ?? 0).fill(0);
  for (const part of parts) {
    part.forEach((value, at) => {
      sums[at] = sums[at]! + value;
    });
  }
  return sums;
}
