/** One full block whose content is known, chained to the block before it. */
export interface CachedBlock {
  readonly key: number;
  readonly parent: CachedBlock | null;
  /** Blocks before it in its chain. */
  readonly depth: number;
  /** What must agree besides the tokens within one pool, such as the adapter; of the whole chain. */
  readonly salt: string;
  readonly tokens: Int32Array;
  /** Number of the KV block that holds it. */
  readonly block: number;
}

/** FNV-1a over 32-bit words. Collisions only cost a comparison: matches are checked token by token. */
function hashWords(seed: number, words: Int32Array): number {
  let hash = seed;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15);
  return hash >>> 0;
}

/** Seed of a chain: what must agree besides the tokens (model, KV dtype, mode). */
export function chainSeed(salt: string): number {
  return hashWords(
    0x811c9dc5,
    Int32Array.from(salt, (char) => char.codePointAt(0)!),
  );
}

/** Where a chain goes on: after a block, or at the start with what must agree besides the tokens. */
export interface ChainPlace {
  parent: CachedBlock | null;
  salt: string;
}

/** Content-addressed index of full KV blocks: key = hash(previous block, token ids). Holds no references. */
export class PrefixCache {
  readonly #salt: string;
  readonly #byKey = new Map<number, CachedBlock[]>();
  #size = 0;

  constructor(salt: string) {
    this.#salt = salt;
  }

  get size(): number {
    return this.#size;
  }

  #keyOf({ parent, salt }: ChainPlace, tokens: Int32Array): number {
    return hashWords(parent?.key ?? chainSeed(`${this.#salt} ${salt}`), tokens);
  }

  /** The block with exactly this content after exactly this chain. */
  find(place: ChainPlace, tokens: Int32Array): CachedBlock | undefined {
    return this.#byKey
      .get(this.#keyOf(place, tokens))
      ?.find(
        (entry) =>
          entry.parent === place.parent &&
          entry.salt === place.salt &&
          entry.tokens.every((token, i) => token === tokens[i]),
      );
  }

  /** Adds a block whose content is not in the cache yet. */
  add(place: ChainPlace, tokens: Int32Array, block: number): CachedBlock {
    const depth = place.parent === null ? 0 : place.parent.depth + 1;
    const entry = { ...place, key: this.#keyOf(place, tokens), depth, tokens, block };
    const sameKey = this.#byKey.get(entry.key);
    if (sameKey === undefined) this.#byKey.set(entry.key, [entry]);
    else sameKey.push(entry);
    this.#size++;
    return entry;
  }

  delete(entry: CachedBlock): void {
    const rest = this.#byKey.get(entry.key)!.filter((other) => other !== entry);
    if (rest.length === 0) this.#byKey.delete(entry.key);
    else this.#byKey.set(entry.key, rest);
    this.#size--;
  }
}
