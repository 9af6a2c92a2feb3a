/** Pairs of neighbouring tokens: how often each occurs, and in which words it may occur. */
export class PairTable {
  size = 0;
  lefts: Int32Array<ArrayBuffer> = new Int32Array(1 << 16);
  rights: Int32Array<ArrayBuffer> = new Int32Array(1 << 16);
  counts: Float64Array<ArrayBuffer> = new Float64Array(1 << 16);
  /** First entry of the list of words of each pair, -1 at the end. */
  #heads = new Int32Array(1 << 16);
  #slots = new Int32Array(1 << 17).fill(-1);
  #words = new Int32Array(1 << 20);
  #nexts = new Int32Array(1 << 20);
  #numEntries = 0;

  /** Index of a pair, made when it is new. */
  indexOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashPair(left, right) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const pair = this.#slots[slot]!;
      if (pair < 0) break;
      if (this.lefts[pair] === left && this.rights[pair] === right) return pair;
    }
    const pair = this.size++;
    if (pair === this.lefts.length) this.#growPairs();
    this.lefts[pair] = left;
    this.rights[pair] = right;
    this.#heads[pair] = -1;
    this.#slots[slot] = pair;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return pair;
  }

  /** Adds occurrences in a word, to be found again by `takeWords`. */
  addIn(pair: number, word: number, count: number): void {
    this.counts[pair]! += count;
    const head = this.#heads[pair]!;
    if (head >= 0 && this.#words[head] === word) return;
    const entry = this.#numEntries++;
    if (entry === this.#words.length) {
      this.#words = doubled(this.#words);
      this.#nexts = doubled(this.#nexts);
    }
    this.#words[entry] = word;
    this.#nexts[entry] = head;
    this.#heads[pair] = entry;
  }

  /** Words in which the pair occurs or occurred, some of them twice; the list is empty then. */
  takeWords(pair: number): number[] {
    const words: number[] = [];
    for (let entry = this.#heads[pair]!; entry >= 0; entry = this.#nexts[entry]!)
      words.push(this.#words[entry]!);
    this.#heads[pair] = -1;
    return words;
  }

  #growPairs(): void {
    this.lefts = doubled(this.lefts);
    this.rights = doubled(this.rights);
    this.#heads = doubled(this.#heads);
    const counts = new Float64Array(this.counts.length * 2);
    counts.set(this.counts);
    this.counts = counts;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = this.#slots.length - 1;
    for (let pair = 0; pair < this.size; pair++) {
      let slot = hashPair(this.lefts[pair]!, this.rights[pair]!) & mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = pair;
    }
  }
}

function hashPair(left: number, right: number): number {
  return Math.imul(Math.imul(left, 0x01000193) + right, 0x9e3779b1) >>> 9;
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
