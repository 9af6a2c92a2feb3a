/** Prefix tree over UTF-16 units, kept as one hash table of edges. */
export class PieceTrie {
  /** Edge of slot i: from node `#from[i]` by unit `#unit[i]` to node `#to[i]`; node 0 is the root and never a target. */
  #from: Int32Array = new Int32Array(1024);
  #unit: Uint16Array = new Uint16Array(1024);
  #to: Int32Array = new Int32Array(1024);
  #values: Int32Array = new Int32Array(1024).fill(-1);
  #nodes = 1;

  add(piece: string, value: number): void {
    let node = 0;
    for (let i = 0; i < piece.length; i++) node = this.#child(node, piece.charCodeAt(i));
    this.#values[node] = value;
  }

  /** Node behind `node` by a unit, or 0. */
  next(node: number, unit: number): number {
    return this.#to[this.#slot(node, unit)]!;
  }

  /** Value of the piece that ends at a node, or -1. */
  valueAt(node: number): number {
    return this.#values[node]!;
  }

  #slot(node: number, unit: number): number {
    const mask = this.#to.length - 1;
    let slot = (Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    while (this.#to[slot] !== 0 && (this.#from[slot] !== node || this.#unit[slot] !== unit))
      slot = (slot + 1) & mask;
    return slot;
  }

  #child(node: number, unit: number): number {
    let slot = this.#slot(node, unit);
    if (this.#to[slot] !== 0) return this.#to[slot]!;
    if (this.#nodes * 2 > this.#to.length) {
      this.#grow();
      slot = this.#slot(node, unit);
    }
    this.#from[slot] = node;
    this.#unit[slot] = unit;
    this.#to[slot] = this.#nodes;
    return this.#nodes++;
  }

  #grow(): void {
    const [from, unit, to, values] = [this.#from, this.#unit, this.#to, this.#values];
    const size = to.length * 2;
    this.#from = new Int32Array(size);
    this.#unit = new Uint16Array(size);
    this.#to = new Int32Array(size);
    this.#values = new Int32Array(size).fill(-1);
    this.#values.set(values);
    for (let i = 0; i < to.length; i++) {
      if (to[i] === 0) continue;
      const slot = this.#slot(from[i]!, unit[i]!);
      this.#from[slot] = from[i]!;
      this.#unit[slot] = unit[i]!;
      this.#to[slot] = to[i]!;
    }
  }
}
