/** Features that one window can have. */
const maxFeatures = 16_384;

const mix = (hash: number): number => {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (once ^ (once >>> 13)) >>> 0;
};

/** Finds the buckets of a text: n-grams of 2 to 5 letters, of 1 to 3 words, and runs of signs; each bucket once. */
export class FeatureExtractor {
  readonly #shift: number;
  readonly #seen: Int32Array;
  readonly #buckets = new Int32Array(maxFeatures);
  #stamp = 0;

  constructor(bits: number) {
    this.#shift = 32 - bits;
    this.#seen = new Int32Array(1 << bits);
  }

  /** Buckets of a text that `normalizeText` made; the view is good until the next call. */
  extract(normal: string): Int32Array {
    const stamp = ++this.#stamp;
    const [seen, buckets, shift] = [this.#seen, this.#buckets, this.#shift];
    let length = 0;
    const add = (hash: number): void => {
      const bucket = mix(hash) >>> shift;
      if (seen[bucket] === stamp || length === maxFeatures) return;
      seen[bucket] = stamp;
      buckets[length++] = bucket;
    };
    const words = normal.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    const letters = ` ${words.join(" ")} `;
    for (let at = 0; at < letters.length; at++) {
      let hash = 0x811c9dc5;
      for (let size = 1; size <= 5 && at + size <= letters.length; size++) {
        hash = Math.imul(hash ^ letters.charCodeAt(at + size - 1), 0x01000193);
        if (size > 1) add(hash + size);
      }
    }
    let [before, last] = [17, 19];
    for (const word of words) {
      let hash = 0x7ed55d16;
      for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
      add(hash);
      const pair = (Math.imul(last, 0x9e3779b1) + hash) | 0;
      add(pair);
      add((Math.imul(before, 0x85ebca6b) + Math.imul(pair, 3)) | 0);
      [before, last] = [last, hash];
    }
    for (const [run] of normal.matchAll(/[^\p{L}\p{M}\p{N}\s]{2,4}/gu)) {
      let hash = 0x51ed270b;
      for (let at = 0; at < run.length; at++) hash = Math.imul(hash ^ run.charCodeAt(at), 0x01000193);
      add(hash);
    }
    return buckets.subarray(0, length);
  }
}
