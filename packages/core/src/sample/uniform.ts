/** Uniform number in [0, 1), a hash of its three counters (murmur3 finalizer over each). */
export function uniform(seed: number, request: number, position: number): number {
  let hash = 0x9e3779b9;
  for (const word of [seed, request, position]) {
    hash ^= word;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}
