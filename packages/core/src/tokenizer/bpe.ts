import type { MergeTable } from "./merges.ts";
import { PieceCache } from "./piece-cache.ts";
import { hashBytes, type Vocabulary } from "./vocabulary.ts";

/** Pieces of up to this many bytes are merged by scanning all pairs; longer ones through a heap. */
const maxScannedBytes = 48;
// Key of a heap entry is rank * 2^32 + position: exact in a double while ranks stay below 2^20.
const positionRange = 2 ** 32;

/** Byte-pair encoder of single pre-tokenizer pieces. */
export class BytePairEncoder {
  /** Look-ups of a pair's rank since construction; the measure of merging work. */
  numRankLookups = 0;
  readonly #vocabulary: Vocabulary;
  readonly #merges: MergeTable;
  /** A piece that is a token as a whole is emitted without merging (ignore_merges). */
  readonly #ignoreMerges: boolean;
  /** Id of each single byte, -1 where the vocabulary has none. */
  readonly #byteIds: Int32Array;
  readonly #cache = new PieceCache();
  readonly #ids = new Int32Array(maxScannedBytes);
  readonly #ranks = new Int32Array(maxScannedBytes);

  constructor(vocabulary: Vocabulary, merges: MergeTable, options: { ignoreMerges: boolean }) {
    this.#vocabulary = vocabulary;
    this.#merges = merges;
    this.#ignoreMerges = options.ignoreMerges;
    this.#byteIds = Int32Array.from({ length: 256 }, (_, byte) => vocabulary.find(Uint8Array.of(byte), 0, 1));
  }

  /** Bytes that no token spells alone; the encoder leaves them out, as the reference does without unk_token. */
  get missingBytes(): number[] {
    return Array.from(this.#byteIds.keys()).filter((byte) => this.#byteIds[byte]! < 0);
  }

  /** Appends the ids of bytes[start, end) to `out`. */
  encodePiece(bytes: Uint8Array, start: number, end: number, out: number[]): void {
    const length = end - start;
    if (length === 1) {
      const id = this.#byteIds[bytes[start]!]!;
      if (id >= 0) out.push(id);
      return;
    }
    if (length > maxScannedBytes) {
      if (this.#ignoreMerges) {
        const id = this.#vocabulary.find(bytes, start, end);
        if (id >= 0) {
          out.push(id);
          return;
        }
      }
      this.#mergeLong(bytes, start, end, out);
      return;
    }
    const hash = hashBytes(bytes, start, end);
    if (this.#cache.append(bytes, start, end, hash, out)) return;
    const id = this.#ignoreMerges ? this.#vocabulary.find(bytes, start, end, hash) : -1;
    if (id >= 0) {
      this.#ids[0] = id;
      this.#cache.store(bytes, start, end, hash, this.#ids, 1);
      out.push(id);
      return;
    }
    const count = this.#mergeShort(bytes, start, end);
    for (let i = 0; i < count; i++) out.push(this.#ids[i]!);
    this.#cache.store(bytes, start, end, hash, this.#ids, count);
  }

  #rank(left: number, right: number): number {
    this.numRankLookups++;
    return this.#merges.rank(left, right);
  }

  /** Leaves the ids in `#ids` and returns how many. Quadratic in the piece, without bookkeeping. */
  #mergeShort(bytes: Uint8Array, start: number, end: number): number {
    const ids = this.#ids;
    const ranks = this.#ranks;
    let count = 0;
    for (let i = start; i < end; i++) {
      const id = this.#byteIds[bytes[i]!]!;
      if (id >= 0) ids[count++] = id;
    }
    const merges = this.#merges;
    for (let i = 0; i + 1 < count; i++) ranks[i] = merges.rank(ids[i]!, ids[i + 1]!);
    this.numRankLookups += Math.max(0, count - 1);
    for (;;) {
      let best = -1;
      let bestRank = 0x7fffffff;
      for (let i = 0; i + 1 < count; i++) {
        const rank = ranks[i]!;
        if (rank >= 0 && rank < bestRank) {
          bestRank = rank;
          best = i;
        }
      }
      if (best < 0) return count;
      ids[best] = merges.result(bestRank);
      this.numRankLookups += 2;
      count--;
      // By hand: copyWithin costs more than these few elements.
      for (let i = best + 1; i < count; i++) {
        ids[i] = ids[i + 1]!;
        ranks[i] = ranks[i + 1]!;
      }
      if (best + 1 < count) ranks[best] = merges.rank(ids[best]!, ids[best + 1]!);
      if (best > 0) ranks[best - 1] = merges.rank(ids[best - 1]!, ids[best]!);
    }
  }

  /** O(n log n) in the piece: linked list of parts and a heap of pairs whose stale entries are skipped. */
  #mergeLong(bytes: Uint8Array, start: number, end: number, out: number[]): void {
    const ids = new Int32Array(end - start);
    let count = 0;
    for (let i = start; i < end; i++) {
      const id = this.#byteIds[bytes[i]!]!;
      if (id >= 0) ids[count++] = id;
    }
    const next = new Int32Array(count);
    const previous = new Int32Array(count);
    const ranks = new Int32Array(count).fill(-1);
    const heap = new MinHeap(count);
    for (let i = 0; i < count; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      if (i + 1 < count) {
        ranks[i] = this.#rank(ids[i]!, ids[i + 1]!);
        if (ranks[i]! >= 0) heap.push(ranks[i]! * positionRange + i);
      }
    }
    const refresh = (position: number): void => {
      const after = next[position]!;
      const rank = after < count ? this.#rank(ids[position]!, ids[after]!) : -1;
      ranks[position] = rank;
      if (rank >= 0) heap.push(rank * positionRange + position);
    };
    while (heap.size > 0) {
      const key = heap.pop();
      const rank = Math.floor(key / positionRange);
      const position = key - rank * positionRange;
      if (ranks[position] !== rank) continue;
      const merged = next[position]!;
      ids[position] = this.#merges.result(rank);
      next[position] = next[merged]!;
      if (next[merged]! < count) previous[next[merged]!] = position;
      ranks[merged] = -1;
      refresh(position);
      if (previous[position]! >= 0) refresh(previous[position]!);
    }
    for (let i = 0; i < count; i = next[i]!) out.push(ids[i]!);
  }
}

class MinHeap {
  size = 0;
  #keys: Float64Array;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity + 16);
  }

  push(key: number): void {
    if (this.size === this.#keys.length) {
      const grown = new Float64Array(this.#keys.length * 2);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    const keys = this.#keys;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[hole] = keys[parent]!;
      hole = parent;
    }
    keys[hole] = key;
  }

  pop(): number {
    const keys = this.#keys;
    const top = keys[0]!;
    const key = keys[--this.size]!;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[hole] = keys[child]!;
      hole = child;
    }
    keys[hole] = key;
    return top;
  }
}
