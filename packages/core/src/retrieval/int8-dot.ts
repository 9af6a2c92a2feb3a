/**
 * `kernels/wasm/int8-dot.as.ts`, 234 bytes, made by
 * `asc int8-dot.as.ts -O3 --noAssert --runtime stub --importMemory --enable simd --initialMemory 0`;
 * a program of its own because the engine's kernels need memory that threads share.
 */
const program =
  "AGFzbQEAAAABCQFgBX9/f39/AAIPAQNlbnYGbWVtb3J5AgAAAwIBAAcUAgdkb3RSb3dzAAAGbWVtb3J5AgAKqQEBpg" +
  "ECAnsCfwNAIAIgCEoEQP0MAAAAAAAAAAAAAAAAAAAAACEFQQAhBwNAIAMgB0oEQCAFIAAgB2r9AAQAIgX9hwEgASAH" +
  "av0ABAAiBv2HAf26Af2uASAF/YgBIAb9iAH9ugH9rgEhBSAHQRBqIQcMAQsLIAQgBf0bACAF/RsBaiAF/RsCaiAF/R" +
  "sDajYCACABIANqIQEgBEEEaiEEIAhBAWohCAwBCwsL";

interface Exports {
  dotRows(query: number, rows: number, numRows: number, width: number, out: number): void;
}

// The compiler's libraries for Node know no WebAssembly.
interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface WebAssemblyApi {
  Memory: new (limits: { initial: number; maximum: number }) => Memory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Exports };
}

const pageBytes = 65_536;
const api: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
let compiled: object | null = null;

/** Rows of i8 in memory that 16-wide instructions read; each product with a query is exact in i32. */
export class Int8Rows {
  /** Bytes of a row: the dimension, filled up with zeros to a multiple of 16. */
  readonly width: number;
  readonly #memory: Memory = new api.Memory({ initial: 1, maximum: 65_536 });
  readonly #dotRows: Exports["dotRows"];
  #capacity = 0;

  constructor(dimension: number) {
    this.width = (dimension + 15) & ~15;
    compiled ??= new api.Module(Buffer.from(program, "base64"));
    const env = { memory: this.#memory };
    this.#dotRows = new api.Instance(compiled, { env }).exports.dotRows;
  }

  /** Makes room for so many rows; what is there stays. Memory: the query, the rows, one i32 for each row. */
  reserve(numRows: number): void {
    if (numRows <= this.#capacity) return;
    this.#capacity = Math.max(numRows, this.#capacity * 2, 1024);
    const bytes = this.width + this.#capacity * (this.width + 4);
    const pages = Math.ceil(bytes / pageBytes) - this.#memory.buffer.byteLength / pageBytes;
    if (pages > 0) this.#memory.grow(pages);
  }

  set(row: number, values: Int8Array): void {
    new Int8Array(this.#memory.buffer).set(values, this.width * (row + 1));
  }

  /** Row `from` takes the place of row `to`. */
  move(from: number, to: number): void {
    const { width } = this;
    new Int8Array(this.#memory.buffer).copyWithin(width * (to + 1), width * (from + 1), width * (from + 2));
  }

  /** Products of the first rows with the query; good until the next call. */
  dot(query: Int8Array, numRows: number): Int32Array {
    const { width } = this;
    const out = width * (this.#capacity + 1);
    const bytes = new Int8Array(this.#memory.buffer, 0, width);
    bytes.fill(0);
    bytes.set(query);
    this.#dotRows(0, width, numRows, width, out);
    return new Int32Array(this.#memory.buffer, out, numRows);
  }
}
