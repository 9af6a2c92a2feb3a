/** Counts of 32-bit hashes of one text: open addressing, emptied by a new generation instead of by writing. */
export class HashCounter {
  #keys = new Int32Array(1 << 13);
  #counts = new Int32Array(1 << 13);
  #generations = new Int32Array(1 << 13);
  #generation = 0;
  #mask = (1 << 13) - 1;

  /** Forgets all and makes room for `entries`. */
  reset(entries: number): void {
    if (2 * entries > this.#keys.length) {
      let size = this.#keys.length;
      while (size < 2 * entries) size *= 2;
      this.#keys = new Int32Array(size);
      this.#counts = new Int32Array(size);
      this.#generations = new Int32Array(size);
      this.#generation = 0;
      this.#mask = size - 1;
    }
    this.#generation++;
  }

  /** Counts a hash; gives how often it has been seen, this time included. */
  add(hash: number): number {
    const mask = this.#mask;
    let slot = (Math.imul(hash, 0x9e3779b1) >>> 7) & mask;
    while (this.#generations[slot] === this.#generation) {
      if (this.#keys[slot] === hash) return ++this.#counts[slot]!;
      slot = (slot + 1) & mask;
    }
    this.#generations[slot] = this.#generation;
    this.#keys[slot] = hash;
    this.#counts[slot] = 1;
    return 1;
  }
}
