/** More documents with one key are not looked at: a key that all share tells nothing. */
const MAX_CANDIDATES = 32;

/**
 * Which documents have a band's key: open addressing in two typed arrays for all bands, 11 to 21 bytes a document and
 * band. Several documents may have a key.
 */
export class BandIndex {
  #keys: Int32Array = new Int32Array(1 << 12);
  /** Document plus one; 0: free. */
  #documents: Uint32Array = new Uint32Array(1 << 12);
  #size = 0;

  /** The memory as it is, for a file. */
  get keys(): Int32Array {
    return this.#keys;
  }

  get documents(): Uint32Array {
    return this.#documents;
  }

  /** Takes over what another index had in `keys` and `documents`. */
  restore(keys: Uint32Array, documents: Uint32Array): void {
    const isPower = keys.length >= 4 && (keys.length & (keys.length - 1)) === 0;
    if (!isPower || keys.length !== documents.length)
      throw new SyntaxError(
        `An index has as many keys as documents, not ${keys.length} and ${documents.length}`,
      );
    this.#keys = new Int32Array(keys.buffer, keys.byteOffset, keys.length);
    this.#documents = documents;
    this.#size = documents.reduce((sum, entry) => sum + (entry === 0 ? 0 : 1), 0);
  }

  /** Calls `test` with each document of a key, the first one first, until it says yes; gives that one or -1. */
  find(key: number, test: (document: number) => boolean): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let seen = 0;
    for (let at = slotOf(key, mask); this.#documents[at] !== 0; at = (at + 1) & mask) {
      if (keys[at] !== key) continue;
      const document = this.#documents[at]! - 1;
      if (test(document)) return document;
      if (++seen === MAX_CANDIDATES) return -1;
    }
    return -1;
  }

  add(key: number, document: number): void {
    if (4 * (this.#size + 1) > 3 * this.#keys.length) this.#grow();
    const mask = this.#keys.length - 1;
    let seen = 0;
    let at = slotOf(key, mask);
    for (; this.#documents[at] !== 0; at = (at + 1) & mask)
      if (this.#keys[at] === key && ++seen === MAX_CANDIDATES) return;
    this.#keys[at] = key;
    this.#documents[at] = document + 1;
    this.#size++;
  }

  #grow(): void {
    const [keys, documents] = [this.#keys, this.#documents];
    const size = 2 * keys.length;
    const mask = size - 1;
    this.#keys = new Int32Array(size);
    this.#documents = new Uint32Array(size);
    // From a free slot on, so that documents of one key keep their order.
    let from = documents.indexOf(0);
    for (let step = 0; step < keys.length; step++, from = (from + 1) & (keys.length - 1)) {
      if (documents[from] === 0) continue;
      let at = slotOf(keys[from]!, mask);
      while (this.#documents[at] !== 0) at = (at + 1) & mask;
      this.#keys[at] = keys[from]!;
      this.#documents[at] = documents[from]!;
    }
  }
}

function slotOf(key: number, mask: number): number {
  return Math.imul(key ^ (key >>> 15), 0x9e3779b1) & mask;
}
