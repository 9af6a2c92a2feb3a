import type { PairTable } from "./pair-table.ts";

/**
 * Pairs by the count they had when they were pushed, the most frequent first; of equally frequent ones, the pair of lower
 * ids. Whoever pops compares with the count of now.
 */
export class PairHeap {
  size = 0;
  #pairs = new Int32Array(1 << 16);
  #counts = new Float64Array(1 << 16);
  readonly #table: PairTable;

  constructor(table: PairTable) {
    this.#table = table;
  }

  /** Count of the first pair when it was pushed. */
  get topCount(): number {
    return this.#counts[0]!;
  }

  push(pair: number, count: number): void {
    if (this.size === this.#pairs.length) {
      const pairs = new Int32Array(this.size * 2);
      pairs.set(this.#pairs);
      this.#pairs = pairs;
      const counts = new Float64Array(this.size * 2);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#isBefore(pair, count, this.#pairs[parent]!, this.#counts[parent]!)) break;
      this.#pairs[hole] = this.#pairs[parent]!;
      this.#counts[hole] = this.#counts[parent]!;
      hole = parent;
    }
    this.#pairs[hole] = pair;
    this.#counts[hole] = count;
  }

  pop(): number {
    const top = this.#pairs[0]!;
    const last = --this.size;
    const pair = this.#pairs[last]!;
    const count = this.#counts[last]!;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= last) break;
      const other = child + 1;
      if (
        other < last &&
        this.#isBefore(this.#pairs[other]!, this.#counts[other]!, this.#pairs[child]!, this.#counts[child]!)
      )
        child = other;
      if (!this.#isBefore(this.#pairs[child]!, this.#counts[child]!, pair, count)) break;
      this.#pairs[hole] = this.#pairs[child]!;
      this.#counts[hole] = this.#counts[child]!;
      hole = child;
    }
    this.#pairs[hole] = pair;
    this.#counts[hole] = count;
    return top;
  }

  #isBefore(a: number, aCount: number, b: number, bCount: number): boolean {
    if (aCount !== bCount) return aCount > bCount;
    const { lefts, rights } = this.#table;
    return lefts[a]! !== lefts[b]! ? lefts[a]! < lefts[b]! : rights[a]! < rights[b]!;
  }
}
