/**
 * `kernels/wasm/int8-dot.as.ts`, 519 bytes, made by
 * `asc int8-dot.as.ts -O3 --noAssert --runtime stub --importMemory --enable simd --initialMemory 0`;
 * a program of its own because the engine's kernels need memory that threads share.
 */
const program =
  "AGFzbQEAAAABCQFgBX9/f39/AAIPAQNlbnYGbWVtb3J5AgAAAwIBAAcUAgdkb3RSb3dzAAAGbWVtb3J5AgAKxgMBwwMCBn8GewNAIAIgBkoEQP0MAAAA" +
  "AAAAAAAAAAAAAAAAACEL/QwAAAAAAAAAAAAAAAAAAAAAIQz9DAAAAAAAAAAAAAAAAAAAAAAhDf0MAAAAAAAAAAAAAAAAAAAAACEOIAEgA2ohCCAAIQUg" +
  "A0EBdCEJIANBA2whBwNAIAEgCEkEQCALIAX9AAQAIg8gAf0BAAD9ugEgBf0ABBAiECABQQhq/QEAAP26Af2uAf2uASELIAwgDyABIANqIgr9AQAA/boB" +
  "IBAgCkEIav0BAAD9ugH9rgH9rgEhDCANIA8gASAJaiIK/QEAAP26ASAQIApBCGr9AQAA/boB/a4B/a4BIQ0gDiAPIAEgB2oiCv0BAAD9ugEgECAKQQhq" +
  "/QEAAP26Af2uAf2uASEOIAVBIGohBSABQRBqIQEMAQsLIAQgC/0bACAL/RsBaiAL/RsCaiAL/RsDajYCACAEIAz9GwAgDP0bAWogDP0bAmogDP0bA2o2" +
  "AgQgBCAN/RsAIA39GwFqIA39GwJqIA39GwNqNgIIIAQgDv0bACAO/RsBaiAO/RsCaiAO/RsDajYCDCABIAdqIQEgBEEQaiEEIAZBBGohBgwBCwsL";

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
  /** Where the rows begin. */
  readonly #first: number;
  #capacity = 0;

  constructor(dimension: number) {
    this.width = (dimension + 15) & ~15;
    this.#first = 2 * this.width;
    compiled ??= new api.Module(Buffer.from(program, "base64"));
    const env = { memory: this.#memory };
    this.#dotRows = new api.Instance(compiled, { env }).exports.dotRows;
  }

  /** Makes room for so many rows; what is there stays. Memory: the query in i16, the rows, one i32 for each row. */
  reserve(numRows: number): void {
    if (numRows <= this.#capacity) return;
    this.#capacity = Math.max((numRows + 3) & ~3, this.#capacity * 2, 1024);
    const bytes = this.#first + this.#capacity * (this.width + 4);
    const pages = Math.ceil(bytes / pageBytes) - this.#memory.buffer.byteLength / pageBytes;
    if (pages > 0) this.#memory.grow(pages);
  }

  set(row: number, values: Int8Array): void {
    new Int8Array(this.#memory.buffer).set(values, this.#first + this.width * row);
  }

  /** Row `from` takes the place of row `to`. */
  move(from: number, to: number): void {
    const start = this.#first + this.width * from;
    new Int8Array(this.#memory.buffer).copyWithin(this.#first + this.width * to, start, start + this.width);
  }

  /** Products of the first rows with the query; good until the next call. Four rows at once: up to three behind are taken along. */
  dot(query: Int8Array, numRows: number): Int32Array {
    const out = this.#first + this.width * this.#capacity;
    // A copy between typed arrays of two kinds widens; the zeros behind the dimension stay.
    new Int16Array(this.#memory.buffer, 0, this.width).set(query);
    this.#dotRows(0, this.#first, numRows, this.width, out);
    return new Int32Array(this.#memory.buffer, out, numRows);
  }
}
