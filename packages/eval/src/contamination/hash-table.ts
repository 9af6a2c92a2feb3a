/** A set of numbers from 0 on, each with a mark: far smaller than a Map, and without its limit of 2^24 entries. */
export class HashTable {
  /** Hash plus one; 0: free. */
  #slots = new Float64Array(1024);
  #marks = new Uint8Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(hash: number): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const at = this.#find(hash);
    if (this.#slots[at] !== 0) return;
    this.#slots[at] = hash + 1;
    this.#size++;
  }

  has(hash: number): boolean {
    return this.#slots[this.#find(hash)] !== 0;
  }

  /** Marks a number that is in the set; nothing otherwise. */
  mark(hash: number): void {
    const at = this.#find(hash);
    if (this.#slots[at] !== 0) this.#marks[at] = 1;
  }

  isMarked(hash: number): boolean {
    return this.#marks[this.#find(hash)] === 1;
  }

  #find(hash: number): number {
    const mask = this.#slots.length - 1;
    let at = (Math.imul((hash % 2 ** 32) | 0, 0x9e3779b1) >>> 7) & mask;
    while (this.#slots[at] !== 0 && this.#slots[at] !== hash + 1) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [slots, marks] = [this.#slots, this.#marks];
    this.#slots = new Float64Array(slots.length * 2);
    this.#marks = new Uint8Array(slots.length * 2);
    for (let from = 0; from < slots.length; from++) {
      if (slots[from] === 0) continue;
      const at = this.#find(slots[from]! - 1);
      this.#slots[at] = slots[from]!;
      this.#marks[at] = marks[from]!;
    }
  }
}
