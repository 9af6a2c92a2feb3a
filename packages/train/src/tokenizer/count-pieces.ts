import { hashBytes, llama3SpecialTokens, pretokenizers } from "@llamero/core/tokenizer";

/** Pieces of the pre-tokenizer that are longer than this are not learned from: rules of dashes, encoded data. */
export const maxPieceBytes = 256;

/** Distinct pieces of a text by how often they occur. */
export interface PieceCounts {
  numPieces: number;
  /** Piece i is blob[starts[i], starts[i] + lengths[i]). */
  blob: Uint8Array;
  starts: Int32Array;
  lengths: Int32Array;
  counts: Float64Array;
}

/** Names of special tokens in a text are no text: it is cut there. */
const specialPattern = new RegExp(
  [...llama3SpecialTokens().keys()].map((name) => name.replaceAll("|", "\\|")).join("|"),
);

/** Counts pieces in one pass, in bounded memory: where there are too many kinds, the rarest are forgotten. */
export class PieceCounter implements PieceCounts {
  numPieces = 0;
  blob: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 20);
  starts: Int32Array<ArrayBuffer> = new Int32Array(1 << 16);
  lengths: Int32Array<ArrayBuffer> = new Int32Array(1 << 16);
  counts: Float64Array<ArrayBuffer> = new Float64Array(1 << 16);
  /** Occurrences of pieces too long to learn from, and kinds forgotten for want of room. */
  numLong = 0;
  numForgotten = 0;
  readonly #maxPieces: number;
  #hashes = new Int32Array(1 << 16);
  #slots = new Int32Array(1 << 17).fill(-1);
  #used = 0;
  #rarest = 1;

  constructor(maxPieces: number = 4_000_000) {
    this.#maxPieces = maxPieces;
  }

  /** Counts the pieces of a text, each `weight` times. Returns the bytes of the text. */
  add(text: string, weight: number = 1): number {
    const bytes = Buffer.from(text);
    if (text.includes("<|"))
      for (const part of text.split(specialPattern)) this.#addBytes(Buffer.from(part), weight);
    else this.#addBytes(bytes, weight);
    return bytes.length;
  }

  #addBytes(bytes: Uint8Array, weight: number): void {
    const nextEnd = pretokenizers.llama3;
    for (let start = 0; start < bytes.length; ) {
      const end = nextEnd(bytes, start, bytes.length);
      if (end - start > maxPieceBytes) this.numLong++;
      else this.#count(bytes, start, end, weight);
      start = end;
    }
  }

  #count(bytes: Uint8Array, start: number, end: number, weight: number): void {
    const hash = hashBytes(bytes, start, end);
    const slot = this.#slotOf(bytes, start, end - start, hash);
    const known = this.#slots[slot]!;
    if (known >= 0) {
      this.counts[known]! += weight;
      return;
    }
    const length = end - start;
    const piece = this.numPieces++;
    if (piece === this.starts.length) this.#growPieces();
    if (this.#used + length > this.blob.length) this.blob = grown(this.blob, this.blob.length * 2);
    for (let i = 0; i < length; i++) this.blob[this.#used + i] = bytes[start + i]!;
    this.starts[piece] = this.#used;
    this.lengths[piece] = length;
    this.counts[piece] = weight;
    this.#hashes[piece] = hash;
    this.#slots[slot] = piece;
    this.#used += length;
    if (this.numPieces > this.#maxPieces) this.#forgetRarest();
    else if (this.numPieces * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
  }

  #slotOf(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(hash, 0x9e3779b1) >>> 7) & mask;
    next: for (; ; slot = (slot + 1) & mask) {
      const piece = this.#slots[slot]!;
      if (piece < 0) return slot;
      if (this.#hashes[piece] !== hash || this.lengths[piece] !== length) continue;
      const at = this.starts[piece]!;
      for (let i = 0; i < length; i++) if (this.blob[at + i] !== bytes[start + i]) continue next;
      return slot;
    }
  }

  #growPieces(): void {
    const size = this.starts.length * 2;
    this.starts = grown(this.starts, size);
    this.lengths = grown(this.lengths, size);
    this.#hashes = grown(this.#hashes, size);
    const counts = new Float64Array(size);
    counts.set(this.counts);
    this.counts = counts;
  }

  #rehash(size: number): void {
    this.#slots = new Int32Array(size).fill(-1);
    const mask = size - 1;
    for (let piece = 0; piece < this.numPieces; piece++) {
      let slot = (Math.imul(this.#hashes[piece]!, 0x9e3779b1) >>> 7) & mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = piece;
    }
  }

  /** Halves the table at least, from the rarest kinds up. */
  #forgetRarest(): void {
    const before = this.numPieces;
    for (; this.numPieces * 2 > this.#maxPieces; this.#rarest *= 2) {
      let kept = 0;
      this.#used = 0;
      for (let piece = 0; piece < this.numPieces; piece++) {
        if (this.counts[piece]! <= this.#rarest) continue;
        const length = this.lengths[piece]!;
        this.blob.copyWithin(this.#used, this.starts[piece]!, this.starts[piece]! + length);
        this.starts[kept] = this.#used;
        this.lengths[kept] = length;
        this.counts[kept] = this.counts[piece]!;
        this.#hashes[kept] = this.#hashes[piece]!;
        this.#used += length;
        kept++;
      }
      this.numPieces = kept;
    }
    this.numForgotten += before - this.numPieces;
    this.#rehash(this.#slots.length);
  }
}

function grown<T extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(array: T, size: number): T {
  const larger = new (array.constructor as new (size: number) => T)(size);
  larger.set(array);
  return larger;
}
