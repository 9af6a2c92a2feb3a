/** MurmurHash3's 32-bit finalizer (Appleby): a bijection in which every input bit flips every output bit half the time. */
function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Starts of the two lanes: fractions of the golden ratio and of the square root of 2. */
const LANES = [0x9e3779b9, 0x6a09e667] as const;

/**
 * Uniform number in [0, 1) with 53 random bits, a pure function of its three integers below 2^53: the same on every
 * machine, for any batch. Each lane chains `mix` over the low and high words of the counters; 27 and 26 bits are kept.
 */
export function uniform(seed: number, request: number, position: number): number {
  let [high, low]: [number, number] = [...LANES];
  for (const counter of [seed, request, position]) {
    for (const word of [counter | 0, Math.floor(counter / 2 ** 32) | 0]) {
      high = mix(high ^ word);
      low = mix(low ^ word);
    }
  }
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}
