/** Numbers under 64-bit keys, each two 32-bit numbers, in open addressing: 16 to 32 bytes an entry. */
export class KeyMap {
  #low = new Int32Array(1 << 12);
  #high = new Int32Array(1 << 12);
  /** Value plus one; 0: free. */
  #values = new Uint32Array(1 << 12);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value of a key, or -1. */
  get(low: number, high: number): number {
    return this.#values[this.#find(low | 0, high | 0)]! - 1;
  }

  set(low: number, high: number, value: number): void {
    if (4 * (this.#size + 1) > 3 * this.#low.length) this.#grow();
    const at = this.#find(low | 0, high | 0);
    if (this.#values[at] === 0) this.#size++;
    this.#low[at] = low;
    this.#high[at] = high;
    this.#values[at] = value + 1;
  }

  /** All entries, for a file. */
  pack(): Uint32Array {
    const packed = new Uint32Array(3 * this.#size);
    let to = 0;
    for (let at = 0; at < this.#low.length; at++) {
      if (this.#values[at] === 0) continue;
      packed[to++] = this.#low[at]!;
      packed[to++] = this.#high[at]!;
      packed[to++] = this.#values[at]! - 1;
    }
    return packed;
  }

  /** Takes in the entries of `pack`. */
  unpack(packed: Uint32Array): void {
    for (let at = 0; at + 2 < packed.length; at += 3) this.set(packed[at]!, packed[at + 1]!, packed[at + 2]!);
  }

  #find(low: number, high: number): number {
    const mask = this.#low.length - 1;
    let at = (Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 5) & mask;
    while (this.#values[at] !== 0 && (this.#low[at] !== low || this.#high[at] !== high)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [low, high, values] = [this.#low, this.#high, this.#values];
    const size = 2 * low.length;
    this.#low = new Int32Array(size);
    this.#high = new Int32Array(size);
    this.#values = new Uint32Array(size);
    for (let from = 0; from < low.length; from++) {
      if (values[from] === 0) continue;
      const at = this.#find(low[from]!, high[from]!);
      this.#low[at] = low[from]!;
      this.#high[at] = high[from]!;
      this.#values[at] = values[from]!;
    }
  }
}
