import { KV_BLOCK } from "@llamero/kernels";
import { type CachedBlock, type ChainPlace, PrefixCache } from "./prefix-cache.ts";

/** KV blocks of one sequence, in order. */
export interface BlockTable {
  readonly blocks: number[];
  /** Cache entry of each leading full block whose content is known; may live in another block of equal content. */
  readonly chain: CachedBlock[];
  /** What must agree for KV to be shared besides the tokens and what all of the pool have in common. */
  readonly salt: string;
}

/** Whoever keeps cached content beyond the pool. */
export interface BlockObserver {
  /** The content of a block is known from now on and stays as it is while the cache holds it. */
  published(entry: CachedBlock): void;
  /** The content is about to be overwritten; it can still be read during the call. */
  evicting(entry: CachedBlock): void;
}

/** A block to be copied before the next step. */
export interface BlockCopy {
  from: number;
  to: number;
}

function endOf({ chain, salt }: BlockTable): ChainPlace {
  return { parent: chain.at(-1) ?? null, salt };
}

/** Number of blocks that `numTokens` take. */
export function blocksFor(numTokens: number): number {
  return Math.ceil(numTokens / KV_BLOCK);
}

/**
 * Owner of the KV pool's blocks: reference counts, prefix cache, copy on write, and eviction of the least
 * recently used block among those that only the cache knows. Only full blocks are shared.
 */
export class BlockManager {
  readonly numBlocks: number;
  readonly #free: number[];
  readonly #references: Int32Array;
  readonly #entries: (CachedBlock | null)[];
  /** Cached blocks without references, least recently used first. */
  readonly #idle = new Set<number>();
  readonly #cache: PrefixCache;
  observer: BlockObserver | null = null;

  /** `salt` is what must agree for KV to be shared besides the tokens: model, KV dtype, mode. */
  constructor(numBlocks: number, salt: string) {
    this.numBlocks = numBlocks;
    this.#free = Array.from({ length: numBlocks }, (_, i) => numBlocks - 1 - i);
    this.#references = new Int32Array(numBlocks);
    this.#entries = new Array<CachedBlock | null>(numBlocks).fill(null);
    this.#cache = new PrefixCache(salt);
  }

  /** Blocks that can be had now, evicting if need be. */
  get numAvailable(): number {
    return this.#free.length + this.#idle.size;
  }

  get numUsed(): number {
    return this.numBlocks - this.numAvailable;
  }

  get numCached(): number {
    return this.#cache.size;
  }

  /** Whether the pool still holds the content of the entry. */
  holds(entry: CachedBlock): boolean {
    return this.#entries[entry.block] === entry;
  }

  /**
   * Starts a table with the cached blocks that the tokens begin with; the table refers to them from now on. `salt` is
   * what must agree besides the tokens, such as the adapter; blocks are shared among equal ones only.
   */
  open(tokens: Int32Array, salt: string = ""): BlockTable {
    const table: BlockTable = { blocks: [], chain: [], salt };
    for (let start = 0; start + KV_BLOCK <= tokens.length; start += KV_BLOCK) {
      const entry = this.#cache.find(endOf(table), tokens.subarray(start, start + KV_BLOCK));
      if (entry === undefined) break;
      table.chain.push(entry);
      table.blocks.push(entry.block);
      this.#retain(entry.block);
    }
    return table;
  }

  /** True when the table can be made to cover `numTokens` with `spare` blocks left. */
  canExtend(table: BlockTable, numTokens: number, spare: number = 0): boolean {
    return blocksFor(numTokens) - table.blocks.length + spare <= this.numAvailable;
  }

  /** Makes the table cover `numTokens`; false, and nothing changed, when there are not enough blocks. */
  extend(table: BlockTable, numTokens: number): boolean {
    if (!this.canExtend(table, numTokens)) return false;
    while (table.blocks.length < blocksFor(numTokens)) table.blocks.push(this.#allocate());
    return true;
  }

  /**
   * Makes the block at `index` the table's own before it is written to. A block that others use, or whose
   * content the cache promises, is replaced; the returned copy must then be done. Null when nothing is needed.
   * Throws when no block is left: check `canExtend` before.
   */
  makeWritable(table: BlockTable, index: number): BlockCopy | null {
    const from = table.blocks[index]!;
    if (this.#references[from] === 1 && this.#entries[from] === null) return null;
    const to = this.#allocate();
    table.blocks[index] = to;
    table.chain.length = Math.min(table.chain.length, index);
    this.#unreference(from);
    return { from, to };
  }

  /** Offers the table's full blocks of valid KV, `numTokens` in all, to later sequences. */
  publish(table: BlockTable, tokens: Int32Array, numTokens: number): void {
    const { blocks, chain } = table;
    while ((chain.length + 1) * KV_BLOCK <= numTokens) {
      const index = chain.length;
      const place = endOf(table);
      const content = tokens.slice(index * KV_BLOCK, (index + 1) * KV_BLOCK);
      let entry = this.#cache.find(place, content);
      if (entry === undefined) {
        entry = this.#cache.add(place, content, blocks[index]!);
        this.#entries[blocks[index]!] = entry;
        this.observer?.published(entry);
      }
      chain.push(entry);
    }
  }

  /** Gives all blocks of the table back; cached ones stay until their space is needed. */
  release(table: BlockTable): void {
    // The end of a chain first, so that it is evicted before what it builds on.
    for (const block of table.blocks.reverse()) this.#unreference(block);
    table.blocks.length = 0;
    table.chain.length = 0;
  }

  #retain(block: number): void {
    this.#references[block]!++;
    this.#idle.delete(block);
  }

  #unreference(block: number): void {
    if (this.#references[block] === 0)
      throw new Error(`KV block ${block} is released more often than it is held`);
    this.#references[block]!--;
    if (this.#references[block]! > 0) return;
    if (this.#entries[block] === null) this.#free.push(block);
    else this.#idle.add(block);
  }

  #allocate(): number {
    const block = this.#free.pop() ?? this.#evict();
    this.#references[block] = 1;
    return block;
  }

  #evict(): number {
    const [block] = this.#idle;
    if (block === undefined) throw new Error(`All ${this.numBlocks} KV blocks are in use`);
    this.#idle.delete(block);
    const entry = this.#entries[block]!;
    this.observer?.evicting(entry);
    this.#cache.delete(entry);
    this.#entries[block] = null;
    return block;
  }
}
