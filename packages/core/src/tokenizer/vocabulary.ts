const hashFactor = 0x01000193 | 0;
const slotFactor = 0x9e3779b1 | 0;

/**
 * Token bytes by id and ids by bytes, without a string per token: one byte blob and an open-addressing
 * table. The hash is polynomial, so the hash of two joined tokens follows from theirs.
 */
export class Vocabulary {
  /** Number of ids, gaps and special tokens included. */
  size = 0;
  maxTokenBytes = 0;
  #blob: Uint8Array<ArrayBuffer>;
  #used = 0;
  #starts: Int32Array;
  #lengths: Int32Array;
  #hashes: Int32Array;
  #slots: Int32Array;
  #shift: number;
  #powers: Int32Array = Int32Array.of(1);

  constructor(capacity: number, blobBytes: number) {
    this.#blob = new Uint8Array(Math.max(64, blobBytes));
    this.#starts = new Int32Array(capacity);
    this.#lengths = new Int32Array(capacity).fill(-1);
    this.#hashes = new Int32Array(capacity);
    const bits = Math.max(4, Math.ceil(Math.log2(capacity * 2 + 2)));
    this.#slots = new Int32Array(2 ** bits).fill(-1);
    this.#shift = 32 - bits;
  }

  /** Room for `numBytes` at the end of the blob; write there, then call `commit`. */
  reserve(numBytes: number): { blob: Uint8Array; offset: number } {
    if (this.#used + numBytes > this.#blob.length) {
      const grown = new Uint8Array(Math.max(this.#blob.length * 2, this.#used + numBytes));
      grown.set(this.#blob);
      this.#blob = grown;
    }
    return { blob: this.#blob, offset: this.#used };
  }

  /** Makes the reserved bytes token `id`; `isSearchable` false keeps it out of look-up by bytes (special tokens). */
  commit(id: number, end: number, isSearchable: boolean): void {
    if (!Number.isInteger(id) || id < 0 || id >= this.#lengths.length)
      throw new RangeError(`Token id ${id} does not fit a vocabulary of ${this.#lengths.length} ids`);
    if (this.#lengths[id]! >= 0)
      throw new SyntaxError(`Token id ${id} is defined twice; the vocabulary file is damaged`);
    const start = this.#used;
    const length = end - start;
    this.#starts[id] = start;
    this.#lengths[id] = length;
    this.#used = end;
    this.size = Math.max(this.size, id + 1);
    const hash = hashBytes(this.#blob, start, end);
    this.#hashes[id] = hash;
    if (!isSearchable || length === 0) return;
    if (length > this.maxTokenBytes) this.#growPowers(length);
    let slot = this.#slotOf(hash);
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = id;
  }

  /** Adds a token whose bytes are already at hand. */
  add(id: number, bytes: Uint8Array, isSearchable: boolean): void {
    const { blob, offset } = this.reserve(bytes.length);
    blob.set(bytes, offset);
    this.commit(id, offset + bytes.length, isSearchable);
  }

  has(id: number): boolean {
    return id >= 0 && id < this.size && this.#lengths[id]! >= 0;
  }

  /** View of the bytes of a token; do not write to it. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    const start = this.#starts[id]!;
    return this.#blob.subarray(start, start + Math.max(0, this.#lengths[id]!));
  }

  lengthOf(id: number): number {
    return this.#lengths[id]!;
  }

  /** Id of the token with exactly these bytes, or -1. */
  find(bytes: Uint8Array, start: number, end: number, hash: number = hashBytes(bytes, start, end)): number {
    const length = end - start;
    if (length > this.maxTokenBytes) return -1;
    const mask = this.#slots.length - 1;
    for (let slot = this.#slotOf(hash); ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!;
      if (id < 0) return -1;
      if (this.#hashes[id] !== hash || this.#lengths[id] !== length) continue;
      if (sameBytes(this.#blob, this.#starts[id]!, bytes, start, length)) return id;
    }
  }

  /** Id of the token that is `left` followed by `right`, or -1. */
  findJoined(left: number, right: number): number {
    const leftLength = this.#lengths[left]!;
    const rightLength = this.#lengths[right]!;
    const length = leftLength + rightLength;
    if (length > this.maxTokenBytes) return -1;
    const hash = (Math.imul(this.#hashes[left]!, this.#powers[rightLength]!) + this.#hashes[right]!) | 0;
    const mask = this.#slots.length - 1;
    for (let slot = this.#slotOf(hash); ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]!;
      if (id < 0) return -1;
      if (this.#hashes[id] !== hash || this.#lengths[id] !== length) continue;
      const start = this.#starts[id]!;
      if (
        sameBytes(this.#blob, start, this.#blob, this.#starts[left]!, leftLength) &&
        sameBytes(this.#blob, start + leftLength, this.#blob, this.#starts[right]!, rightLength)
      )
        return id;
    }
  }

  #slotOf(hash: number): number {
    return Math.imul(hash, slotFactor) >>> this.#shift;
  }

  #growPowers(length: number): void {
    this.maxTokenBytes = length;
    const powers = new Int32Array(length + 1);
    powers[0] = 1;
    for (let i = 1; i <= length; i++) powers[i] = Math.imul(powers[i - 1]!, hashFactor);
    this.#powers = powers;
  }
}

/** Polynomial hash of a byte range; 32-bit. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, hashFactor) + bytes[i]! + 1) | 0;
  return hash;
}

function sameBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}
