/** Points of a curve, in order of x. */
export interface Points {
  x: readonly number[];
  y: readonly number[];
}

/** Points where both numbers are there. */
export function pointsOf(x: readonly (number | null)[], y: readonly (number | null)[]): Points {
  const points = { x: [] as number[], y: [] as number[] };
  for (let i = 0; i < x.length; i++) {
    const [left, right] = [x[i], y[i]];
    if (typeof left !== "number" || typeof right !== "number") continue;
    points.x.push(left);
    points.y.push(right);
  }
  return points;
}

/** Exponential moving average without the pull of its first value, as TensorBoard's slider has it. */
export function smooth(y: readonly number[], weight: number): number[] {
  let mean = 0;
  let share = 0;
  return y.map((value) => {
    mean = weight * mean + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return mean / share;
  });
}

/** At most four points for each of `columns` parts of the width, so that peaks stay: first, least, greatest, last. */
export function thin({ x, y }: Points, columns: number): Points {
  if (x.length <= columns * 4) return { x, y };
  const from = x[0]!;
  const width = (x.at(-1)! - from) / columns || 1;
  const thinned = { x: [] as number[], y: [] as number[] };
  let start = 0;
  while (start < x.length) {
    const column = Math.floor((x[start]! - from) / width);
    let [least, greatest, end] = [start, start, start];
    while (end < x.length && Math.floor((x[end]! - from) / width) <= column) {
      if (y[end]! < y[least]!) least = end;
      if (y[end]! > y[greatest]!) greatest = end;
      end++;
    }
    for (const at of [...new Set([start, least, greatest, end - 1])].sort((a, b) => a - b)) {
      thinned.x.push(x[at]!);
      thinned.y.push(y[at]!);
    }
    start = end;
  }
  return thinned;
}

/** Index of the point nearest to a place, or -1 where there is none. */
export function nearest(x: readonly number[], place: number): number {
  if (x.length === 0) return -1;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low > 0 && place - x[low - 1]! < x[low]! - place ? low - 1 : low;
}
