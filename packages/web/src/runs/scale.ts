/** Maps values to places. */
export interface Scale {
  place(value: number): number;
  value(place: number): number;
  ticks: readonly number[];
}

/** Ends of an axis, least first. */
export type Range = readonly [number, number];

/** Round numbers of an axis: 1, 2, 2.5 or 5 times a power of ten apart. */
export function roundTicks([from, to]: Range, count: number): number[] {
  const raw = (to - from) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [from];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= raw * 0.999)!;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Whole powers of ten, with 2 and 5 between them where they are few. */
function logTicks([from, to]: Range, count: number): number[] {
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const factors = high - low > count ? [1] : high - low > 2 ? [1, 3] : [1, 2, 3, 5, 7];
  const ticks: number[] = [];
  for (let power = low; power <= high; power++)
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(6));
      if (value >= from * 0.999 && value <= to * 1.001) ticks.push(value);
    }
  return ticks.length >= 3 ? ticks : roundTicks([from, to], count);
}

/** A scale from values to places; `log` needs values above zero. */
export function createScale(
  range: Range,
  places: Range,
  { log, ticks }: { log: boolean; ticks: number },
): Scale {
  const forward = log ? Math.log10 : (value: number): number => value;
  const back = log ? (value: number): number => 10 ** value : (value: number): number => value;
  const [from, to] = [forward(range[0]), forward(range[1])];
  const slope = (places[1] - places[0]) / (to - from || 1);
  return {
    place: (value) => places[0] + (forward(value) - from) * slope,
    value: (place) => back(from + (place - places[0]) / slope),
    ticks: log ? logTicks(range, ticks) : roundTicks(range, ticks),
  };
}

/** Ends around values, with a little air; a single value gets room on both sides. */
export function rangeOf(values: Iterable<number>, log: boolean): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (log && value <= 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  if (log)
    return low === high ? [low / 1.5, high * 1.5] : [low * (low / high) ** 0.04, high * (high / low) ** 0.04];
  const air = (high - low) * 0.05 || Math.abs(low) * 0.1 || 1;
  // A curve that is never below zero keeps zero as its floor.
  return [low >= 0 && low - air < 0 ? 0 : low - air, high + air];
}
