import { type WasmMemory, webAssembly } from "./web-assembly.ts";

const PAGE = 65536;
const ALIGN = 64;
/** Growing in steps keeps the number of system calls low. */
const MIN_GROWTH_PAGES = 256;

interface Span {
  at: number;
  bytes: number;
}

const alignUp = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

function createMemory(maxPages: number, initial: number): { memory: WasmMemory; maxPages: number } {
  for (let pages = maxPages; ; pages >>= 1) {
    try {
      const memory = new webAssembly.Memory({ initial, maximum: pages, shared: true });
      return { memory, maxPages: pages };
    } catch (error) {
      // Some systems refuse to reserve 4 GiB of addresses; less still runs smaller models.
      if (!(error instanceof RangeError) || pages <= 1024) throw error;
    }
  }
}

/** The shared memory of a backend and who has which part of it: first fit, 64-byte aligned. */
export class Arena {
  readonly memory: WasmMemory;
  readonly maxBytes: number;
  #free: Span[] = [];
  readonly #sizes = new Map<number, number>();
  #end: number;
  #usedBytes = 0;
  /** Memory above this was never handed out, so it is still zero. */
  #dirtyEnd = 0;

  /** Bytes below `reservedBytes` are never handed out. */
  constructor(reservedBytes: number, maxPages = 65536) {
    const initial = Math.ceil(reservedBytes / PAGE) + MIN_GROWTH_PAGES;
    const { memory, maxPages: pages } = createMemory(maxPages, initial);
    this.memory = memory;
    this.maxBytes = pages * PAGE;
    this.#end = initial * PAGE;
    const at = alignUp(reservedBytes);
    this.#free.push({ at, bytes: this.#end - at });
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }

  /** Address of `bytes` zeroed bytes for `what`. Throws RangeError with the numbers when they do not fit. */
  allocate(bytes: number, what: string): number {
    const size = Math.max(ALIGN, alignUp(bytes));
    let index = this.#free.findIndex((span) => span.bytes >= size);
    if (index < 0) {
      this.#grow(size, what);
      index = this.#free.length - 1;
    }
    const span = this.#free[index]!;
    const at = span.at;
    if (span.bytes === size) this.#free.splice(index, 1);
    else this.#free[index] = { at: at + size, bytes: span.bytes - size };
    this.#sizes.set(at, size);
    this.#usedBytes += size;
    const dirty = Math.min(at + size, this.#dirtyEnd) - at;
    if (dirty > 0) new Uint8Array(this.memory.buffer, at, dirty).fill(0);
    this.#dirtyEnd = Math.max(this.#dirtyEnd, at + size);
    return at;
  }

  release(at: number): void {
    const bytes = this.#sizes.get(at);
    if (bytes === undefined) throw new RangeError(`Nothing is allocated at ${at}`);
    this.#sizes.delete(at);
    this.#usedBytes -= bytes;
    const next = this.#free.findIndex((span) => span.at > at);
    this.#free.splice(next < 0 ? this.#free.length : next, 0, { at, bytes });
    const merged: Span[] = [];
    for (const span of this.#free) {
      const last = merged.at(-1);
      if (last !== undefined && last.at + last.bytes === span.at) last.bytes += span.bytes;
      else merged.push({ ...span });
    }
    this.#free = merged;
  }

  /** Makes the last free span at least `size` bytes. */
  #grow(size: number, what: string): void {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.at + last.bytes === this.#end ? last.bytes : 0;
    const missing = Math.ceil((size - tail) / PAGE);
    const room = (this.maxBytes - this.#end) / PAGE;
    if (missing > room) throw this.#doesNotFit(size, what);
    const pages = Math.min(room, Math.max(missing, MIN_GROWTH_PAGES));
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw this.#doesNotFit(size, what, cause);
    }
    if (tail > 0) this.#free[this.#free.length - 1] = { at: last!.at, bytes: tail + pages * PAGE };
    else this.#free.push({ at: this.#end, bytes: pages * PAGE });
    this.#end += pages * PAGE;
  }

  #doesNotFit(size: number, what: string, cause?: unknown): RangeError {
    return new RangeError(
      `${what} needs ${size} bytes, but ${this.#usedBytes} of the ${this.maxBytes} bytes of WebAssembly memory are in use; ` +
        "use a smaller model, a coarser quantisation or the native kernels",
      { cause },
    );
  }
}
