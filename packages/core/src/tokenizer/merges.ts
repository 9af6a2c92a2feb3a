import type { Vocabulary } from "./vocabulary.ts";

/** Which adjacent pairs merge, and in what order. */
export interface MergeTable {
  /** Order of merging `left` with `right`, lowest first, or -1 when they never merge. Below 2^20. */
  rank(left: number, right: number): number;
  /** Id that a merge of this rank makes. */
  result(rank: number): number;
}

/** tiktoken's rule: two tokens merge when their joined bytes are a token, whose id is the rank. */
export class VocabularyMerges implements MergeTable {
  readonly #vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  rank(left: number, right: number): number {
    return this.#vocabulary.findJoined(left, right);
  }

  result(rank: number): number {
    return rank;
  }
}

/** A merge list, as in tokenizer.json and GGUF: the place in the list is the rank. */
export class ListedMerges implements MergeTable {
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  readonly #results: Int32Array;
  readonly #slots: Int32Array;
  readonly #shift: number;
  #count = 0;

  constructor(capacity: number) {
    this.#lefts = new Int32Array(capacity);
    this.#rights = new Int32Array(capacity);
    this.#results = new Int32Array(capacity);
    const bits = Math.max(4, Math.ceil(Math.log2(capacity * 2 + 2)));
    this.#slots = new Int32Array(2 ** bits).fill(-1);
    this.#shift = 32 - bits;
  }

  /** Appends the next merge; a pair that is listed already keeps its last rank, as in Hugging Face's map. */
  append(left: number, right: number, result: number): void {
    const rank = this.#count++;
    this.#lefts[rank] = left;
    this.#rights[rank] = right;
    this.#results[rank] = result;
    this.#slots[this.#slotOf(left, right)] = rank;
  }

  rank(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)]!;
  }

  result(rank: number): number {
    return this.#results[rank]!;
  }

  /** Slot that holds the pair, or the free one where it belongs. */
  #slotOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(Math.imul(left, 0x01000193) + right, 0x9e3779b1) >>> this.#shift;
    for (; ; slot = (slot + 1) & mask) {
      const rank = this.#slots[slot]!;
      if (rank < 0 || (this.#lefts[rank] === left && this.#rights[rank] === right)) return slot;
    }
  }
}
