const WAYS = 4;
const MAX_COUNT = 255;

/**
 * Counts lines in a fixed amount of memory: sets of four slots with 24 bits of the line's hash and a count. A full set
 * gives up its rarest line, so rare lines may be counted low and frequent ones are not; no line is counted high but for
 * equal bits (about 1 in 4 million for two different lines).
 */
export class LineCounter {
  /** `tag << 8 | count`; 0: free. */
  readonly slots: Uint32Array;
  readonly #mask: number;

  /** Takes the largest power of two within `sizeBytes`. */
  constructor(sizeBytes: number) {
    const sets = 2 ** Math.floor(Math.log2(Math.max(1, sizeBytes / (4 * WAYS))));
    this.slots = new Uint32Array(sets * WAYS);
    this.#mask = sets - 1;
  }

  /** Counts a line; gives how often it has been seen, this time included, up to 255. */
  add(low: number, high: number): number {
    const { slots } = this;
    const first = (low & this.#mask) * WAYS;
    const tag = high >>> 8;
    let rarest = first;
    for (let at = first; at < first + WAYS; at++) {
      const slot = slots[at]!;
      if (slot !== 0 && slot >>> 8 === tag) {
        if ((slot & 255) < MAX_COUNT) slots[at] = slot + 1;
        return slots[at]! & 255;
      }
      if ((slot & 255) < (slots[rarest]! & 255)) rarest = at;
    }
    slots[rarest] = ((tag << 8) | 1) >>> 0;
    return 1;
  }
}
