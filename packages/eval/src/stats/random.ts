/** Uniform numbers in [0, 1) of a seed (mulberry32): the same on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different numbers below `size`, in the order drawn. */
export function drawWithoutReplacement(size: number, count: number, random: () => number): number[] {
  if (count > size) throw new RangeError(`${count} of ${size} cannot be drawn without replacement`);
  // Only the places that were swapped differ from 0, 1, 2, ... (Fisher-Yates).
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, at) => {
    const from = at + Math.floor(random() * (size - at));
    const drawn = moved.get(from) ?? from;
    moved.set(from, moved.get(at) ?? at);
    return drawn;
  });
}
