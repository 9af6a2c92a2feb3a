import { spellBytes } from "@llamero/core/tokenizer";
import type { PieceCounts } from "./count-pieces.ts";
import { PairHeap } from "./pair-heap.ts";
import { PairTable } from "./pair-table.ts";

/** A vocabulary: spellings in the byte alphabet by id, and the merges in order. */
export interface LearnedMerges {
  spellings: string[];
  merges: [left: number, right: number][];
}

/** How to learn. */
export interface LearnOptions {
  /** Tokens to make, the 256 bytes included. */
  numTokens: number;
  /** A pair that occurs less often is not merged; default 2. */
  minCount?: number;
  signal?: AbortSignal | undefined;
  onProgress?(numTokens: number): void;
}

/** The 256 bytes in the order of their spellings, as in GPT-2 and Llama 3: id of each byte. */
const idOfByte: Int32Array = (() => {
  const spelled = Array.from({ length: 256 }, (_, byte) => ({
    byte,
    spelling: spellBytes(Uint8Array.of(byte)),
  }));
  spelled.sort((a, b) => a.spelling.charCodeAt(0) - b.spelling.charCodeAt(0));
  const ids = new Int32Array(256);
  for (const [id, { byte }] of spelled.entries()) ids[byte] = id;
  return ids;
})();

/**
 * Byte-pair encoding (Sennrich et al. 2016): merges the most frequent pair again and again. Counts are kept up to date pair
 * by pair, in the words that hold the merged one, never counted anew. Ends early where no pair is frequent enough.
 */
export async function learnMerges(pieces: PieceCounts, options: LearnOptions): Promise<LearnedMerges> {
  const { numTokens, minCount = 2 } = options;
  options.signal?.throwIfAborted();
  const spellings: string[] = new Array(256);
  for (let byte = 0; byte < 256; byte++) spellings[idOfByte[byte]!] = spellBytes(Uint8Array.of(byte));
  const idOfSpelling = new Map(spellings.map((spelling, id) => [spelling, id]));
  const merges: [number, number][] = [];
  const words = new Words(pieces);
  const table = new PairTable();
  for (let word = 0; word < words.numWords; word++) words.addPairs(word, table);
  const heap = new PairHeap(table);
  for (let pair = 0; pair < table.size; pair++) heap.push(pair, table.counts[pair]!);
  const isMerged = new Set<number>();
  const touched = new Set<number>();
  let lastPause = performance.now();
  while (spellings.length < numTokens && heap.size > 0) {
    const pushedCount = heap.topCount;
    const pair = heap.pop();
    if (isMerged.has(pair)) continue;
    const count = table.counts[pair]!;
    if (count !== pushedCount) {
      if (count >= minCount && count < pushedCount) heap.push(pair, count);
      continue;
    }
    if (count < minCount) break;
    const left = table.lefts[pair]!;
    const right = table.rights[pair]!;
    const spelling = spellings[left]! + spellings[right]!;
    // Two ways to the same bytes lead to one token.
    let merged = idOfSpelling.get(spelling);
    if (merged === undefined) {
      merged = spellings.push(spelling) - 1;
      idOfSpelling.set(spelling, merged);
    }
    merges.push([left, right]);
    isMerged.add(pair);
    touched.clear();
    for (const word of table.takeWords(pair)) words.merge(word, left, right, merged, table, touched);
    for (const changed of touched) {
      if (table.counts[changed]! >= minCount && !isMerged.has(changed))
        heap.push(changed, table.counts[changed]!);
    }
    if (performance.now() - lastPause > 100) {
      await new Promise((resolve) => setImmediate(resolve));
      options.signal?.throwIfAborted();
      options.onProgress?.(spellings.length);
      lastPause = performance.now();
    }
  }
  return { spellings, merges };
}

/** Distinct pieces as runs of token ids, which merging shortens in place. */
class Words {
  readonly numWords: number;
  readonly #ids: Int32Array;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #counts: Float64Array;

  constructor(pieces: PieceCounts) {
    const { numPieces, blob, starts, lengths, counts } = pieces;
    this.numWords = numPieces;
    let total = 0;
    for (let i = 0; i < numPieces; i++) total += lengths[i]!;
    this.#ids = new Int32Array(total);
    this.#starts = new Int32Array(numPieces);
    this.#lengths = lengths.slice(0, numPieces);
    this.#counts = counts;
    let offset = 0;
    for (let word = 0; word < numPieces; word++) {
      this.#starts[word] = offset;
      const from = starts[word]!;
      for (let i = 0; i < lengths[word]!; i++) this.#ids[offset++] = idOfByte[blob[from + i]!]!;
    }
  }

  addPairs(word: number, table: PairTable): void {
    const start = this.#starts[word]!;
    const last = start + this.#lengths[word]! - 1;
    const count = this.#counts[word]!;
    for (let i = start; i < last; i++)
      table.addIn(table.indexOf(this.#ids[i]!, this.#ids[i + 1]!), word, count);
  }

  /** Merges left to right, and moves the counts of the neighbours. Pairs that gained go to `touched`. */
  merge(
    word: number,
    left: number,
    right: number,
    merged: number,
    table: PairTable,
    touched: Set<number>,
  ): void {
    const ids = this.#ids;
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    const count = this.#counts[word]!;
    let write = start;
    for (let read = start; read < end; read++) {
      const id = ids[read]!;
      if (id !== left || read + 1 >= end || ids[read + 1] !== right) {
        ids[write++] = id;
        continue;
      }
      if (write > start) {
        const before = ids[write - 1]!;
        table.counts[table.indexOf(before, left)]! -= count;
        const gained = table.indexOf(before, merged);
        table.addIn(gained, word, count);
        touched.add(gained);
      }
      if (read + 2 < end) {
        const after = ids[read + 2]!;
        table.counts[table.indexOf(right, after)]! -= count;
        const gained = table.indexOf(merged, after);
        table.addIn(gained, word, count);
        touched.add(gained);
      }
      ids[write++] = merged;
      read++;
    }
    this.#lengths[word] = write - start;
  }
}
