import { createHash } from "node:crypto";
import { type Backend, KV_BLOCK, type KvHandle, type KvSpec } from "@llamero/kernels";
import type { BlockManager, BlockObserver } from "./block-manager.ts";
import type { DiskStore } from "./disk-store.ts";
import { nextTask } from "./next-task.ts";
import type { CachedBlock } from "./prefix-cache.ts";

/** Of the bytes in a block; raise it whenever a backend stores KV otherwise under the same name. */
const layoutVersion = 1;
/** Evicted blocks that wait to be written; more are dropped. */
const maxQueuedBytes = 64 * 2 ** 20;
/** Longest that loading waits for the memory of the pool. */
const maxTouchMs = 200;

/** What a disk cache works on. */
export interface DiskCacheOptions {
  store: DiskStore;
  blocks: BlockManager;
  backend: Backend;
  kv: KvHandle;
  kvSpec: KvSpec;
  blockBytes: number;
  /** Everything that must agree for KV to be the same, besides tokens, salt, pool shape and backend: model and mode. */
  identity: string;
  /** Blocks to leave to the sequences that run. */
  spare: () => number;
  /** Resolves when no step is under way: a step that was given up may still write to blocks that are free again. */
  settled: () => Promise<void>;
}

interface QueuedBlock {
  address: Uint8Array;
  bytes: Uint8Array;
  depth: number;
}

/** KV blocks on disk behind the pool: what becomes known is written, what a prompt begins with is read back. */
export class DiskCache implements BlockObserver {
  readonly #options: DiskCacheOptions;
  readonly #addresses = new WeakMap<CachedBlock, Uint8Array>();
  /** Blocks of the pool that are on disk too. */
  readonly #kept = new Set<CachedBlock>();
  #pending: CachedBlock[] = [];
  /** Evicted blocks on their way to the disk, by address in hex. */
  readonly #evicted = new Map<string, QueuedBlock>();
  #numDropped = 0;
  #isRestoring = false;
  #isClosed = false;
  #writing: Promise<void> | null = null;
  /** The restore under way; one at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DiskCacheOptions) {
    this.#options = options;
    this.#touchPool();
  }

  /**
   * Writes to the blocks that are used first, as many as are on disk. The system hands out the memory of a pool when it is
   * written to, which takes longer than reading the file that goes there: better while loading than in a request.
   */
  #touchPool(): void {
    const { store, kvSpec, backend, kv, blockBytes } = this.#options;
    const count = Math.min(store.count(), kvSpec.blocks);
    const zeros = new Uint8Array(blockBytes);
    const until = performance.now() + maxTouchMs;
    for (let block = 0; block < count && performance.now() < until; block++) {
      backend.writeKvBlock(kv, block, zeros);
    }
  }

  /** Evicted blocks that could not be written in time. */
  get numDropped(): number {
    return this.#numDropped;
  }

  published(entry: CachedBlock): void {
    if (this.#isRestoring) {
      this.#kept.add(entry);
      return;
    }
    this.#pending.push(entry);
    this.#writing ??= this.#writePending();
  }

  evicting(entry: CachedBlock): void {
    const { backend, kv, store, blockBytes } = this.#options;
    const address = this.#addressOf(entry);
    if (this.#kept.delete(entry)) {
      store.touch(address, entry.depth);
      return;
    }
    if (this.#isClosed || (this.#evicted.size + 1) * blockBytes > maxQueuedBytes) {
      this.#numDropped++;
      return;
    }
    const bytes = backend.readKvBlock(kv, entry.block);
    this.#evicted.set(hexOf(address), { address, bytes, depth: entry.depth });
    this.#writing ??= this.#writePending();
  }

  /**
   * Reads into the pool what the tokens begin with and the pool lacks. Returns how many tokens that was. A later
   * request may take the space again before anyone uses it.
   */
  async restore(tokens: Int32Array, salt: string, signal?: AbortSignal): Promise<number> {
    if (this.#find(tokens, salt, 1).length === 0) return 0;
    const turn = this.#turn.then(() => this.#restoreNow(tokens, salt, signal));
    this.#turn = turn.catch(() => {});
    return await turn;
  }

  async #restoreNow(tokens: Int32Array, salt: string, signal: AbortSignal | undefined): Promise<number> {
    const { blocks, store, spare, settled } = this.#options;
    await settled();
    if (this.#isClosed || signal?.aborted) return 0;
    const table = blocks.open(tokens, salt);
    try {
      const first = table.blocks.length;
      const room = Math.max(0, blocks.numAvailable - spare());
      const addresses = this.#find(tokens, salt, room);
      blocks.extend(table, (first + addresses.length) * KV_BLOCK);
      let end = 0;
      while (end < addresses.length && this.#read(addresses[end]!, table.blocks[first + end]!)) {
        end++;
        // Others' steps and messages come in between.
        await nextTask();
        if (this.#isClosed || signal?.aborted) break;
      }
      this.#isRestoring = true;
      blocks.publish(table, tokens, (first + end) * KV_BLOCK);
      for (let i = 0; i < end; i++) store.touch(addresses[i]!, first + i);
      return end * KV_BLOCK;
    } finally {
      this.#isRestoring = false;
      blocks.release(table);
    }
  }

  #read(address: Uint8Array, block: number): boolean {
    const { backend, kv, store } = this.#options;
    const take = (bytes: Uint8Array): void => backend.writeKvBlock(kv, block, bytes);
    const queued = this.#evicted.get(hexOf(address));
    if (queued === undefined) return store.read(address, take);
    take(queued.bytes);
    return true;
  }

  /** Addresses of the blocks on disk, at most `max`, with which the tokens go on behind what the pool has. */
  #find(tokens: Int32Array, salt: string, max: number): Uint8Array[] {
    const { blocks, store } = this.#options;
    const table = blocks.open(tokens, salt);
    const last = table.chain.at(-1);
    let address = last === undefined ? this.#rootOf(salt) : this.#addressOf(last);
    const found: Uint8Array[] = [];
    for (let at = table.blocks.length * KV_BLOCK; at + KV_BLOCK <= tokens.length; at += KV_BLOCK) {
      if (found.length === max) break;
      address = nextAddress(address, tokens.subarray(at, at + KV_BLOCK));
      if (!this.#evicted.has(hexOf(address)) && !store.has(address)) break;
      found.push(address);
    }
    blocks.release(table);
    return found;
  }

  /** Waits until everything known is written, and marks what the pool holds as used. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    const { store } = this.#options;
    for (const entry of this.#kept) store.touch(this.#addressOf(entry), entry.depth);
  }

  /** Ends restores, writes what is left for at most `maxMs`, and touches the pool no more. */
  async close(maxMs: number = 10_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, maxMs);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(timer);
    this.#isClosed = true;
    this.#options.blocks.observer = null;
    await this.#turn;
    await this.#writing;
  }

  async #writePending(): Promise<void> {
    // The step that published is over by then.
    await nextTask();
    for (let job = this.#nextJob(); job !== null; job = this.#nextJob()) {
      const { address, bytes, depth, entry } = job;
      const isThere = this.#options.store.has(address);
      const isKept = isThere || (await this.#options.store.write(address, bytes(), depth));
      if (isThere) this.#options.store.touch(address, depth);
      this.#evicted.delete(hexOf(address));
      if (isKept && entry !== null && this.#options.blocks.holds(entry)) this.#kept.add(entry);
    }
    this.#writing = null;
  }

  #nextJob(): {
    address: Uint8Array;
    bytes: () => Uint8Array;
    depth: number;
    entry: CachedBlock | null;
  } | null {
    if (this.#isClosed) return null;
    for (const queued of this.#evicted.values()) {
      return { ...queued, bytes: () => queued.bytes, entry: null };
    }
    const { backend, kv, blocks } = this.#options;
    let entry = this.#pending.shift();
    while (entry !== undefined && (!blocks.holds(entry) || this.#kept.has(entry)))
      entry = this.#pending.shift();
    if (entry === undefined) return null;
    const { block, depth } = entry;
    return { address: this.#addressOf(entry), bytes: () => backend.readKvBlock(kv, block), depth, entry };
  }

  #addressOf(entry: CachedBlock): Uint8Array {
    const chain: CachedBlock[] = [];
    let at: CachedBlock | null = entry;
    while (at !== null && !this.#addresses.has(at)) {
      chain.push(at);
      at = at.parent;
    }
    let address = at === null ? this.#rootOf(entry.salt) : this.#addresses.get(at)!;
    for (const each of chain.reverse()) {
      address = nextAddress(address, each.tokens);
      this.#addresses.set(each, address);
    }
    return address;
  }

  #rootOf(salt: string): Uint8Array {
    const { backend, kvSpec, identity } = this.#options;
    const { layers, kvHeads, headDim, dtype } = kvSpec;
    const parts = [layoutVersion, KV_BLOCK, backend.name, layers, kvHeads, headDim, dtype, identity, salt];
    return createHash("sha256").update(JSON.stringify(parts)).digest();
  }
}

function hexOf(address: Uint8Array): string {
  return Buffer.from(address).toString("hex");
}

/** SHA-256 of the address before and the token ids, little-endian. */
function nextAddress(previous: Uint8Array, tokens: Int32Array): Uint8Array {
  return createHash("sha256").update(previous).update(tokens).digest();
}
