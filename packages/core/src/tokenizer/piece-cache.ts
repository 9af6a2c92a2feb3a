const numEntries = 1 << 16;
const maxLoad = (numEntries * 3) / 4;
const keyBytes = numEntries * 12;
const maxIds = numEntries * 4;

/** Ids of recently encoded pieces; bounded (about 2.8 MB) and emptied as a whole when full. */
export class PieceCache {
  readonly #slots = new Int32Array(numEntries);
  readonly #hashes = new Int32Array(numEntries);
  readonly #keyStarts = new Int32Array(numEntries + 1);
  readonly #idStarts = new Int32Array(numEntries + 1);
  readonly #keys = new Uint8Array(keyBytes);
  readonly #ids = new Int32Array(maxIds);
  #count = 0;

  /** Appends the ids of the piece to `out` when it is known. */
  append(bytes: Uint8Array, start: number, end: number, hash: number, out: number[]): boolean {
    const length = end - start;
    for (let slot = slotOf(hash); ; slot = (slot + 1) & (numEntries - 1)) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return false;
      if (this.#hashes[entry] !== hash) continue;
      const keyStart = this.#keyStarts[entry]!;
      if (this.#keyStarts[entry + 1]! - keyStart !== length) continue;
      let i = 0;
      while (i < length && this.#keys[keyStart + i] === bytes[start + i]) i++;
      if (i < length) continue;
      const idEnd = this.#idStarts[entry + 1]!;
      for (let k = this.#idStarts[entry]!; k < idEnd; k++) out.push(this.#ids[k]!);
      return true;
    }
  }

  /** Remembers a piece that `append` did not know. */
  store(bytes: Uint8Array, start: number, end: number, hash: number, ids: Int32Array, count: number): void {
    const isFull =
      this.#count === maxLoad ||
      this.#keyStarts[this.#count]! + end - start > keyBytes ||
      this.#idStarts[this.#count]! + count > maxIds;
    if (isFull) {
      this.#slots.fill(0);
      this.#count = 0;
    }
    const entry = this.#count++;
    this.#hashes[entry] = hash;
    const keyStart = this.#keyStarts[entry]!;
    for (let i = start; i < end; i++) this.#keys[keyStart + i - start] = bytes[i]!;
    this.#keyStarts[entry + 1] = keyStart + end - start;
    const idStart = this.#idStarts[entry]!;
    for (let i = 0; i < count; i++) this.#ids[idStart + i] = ids[i]!;
    this.#idStarts[entry + 1] = idStart + count;
    let slot = slotOf(hash);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (numEntries - 1);
    this.#slots[slot] = entry + 1;
  }
}

function slotOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 16;
}
