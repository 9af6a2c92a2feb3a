import type { FileBytes } from "./file-bytes.ts";
import { FormatError } from "./format-error.ts";

const CHUNK_BYTES = 2 ** 20;
/** Metadata of the largest vocabularies is some 10 MB; more than this is a damaged or hostile length. */
const MAX_STRING_BYTES = 2 ** 28;

/** Little-endian reads through a file in chunks; every length is checked against the rest of the file first. */
export class GgufCursor {
  readonly #file: FileBytes;
  #chunk: Buffer = Buffer.alloc(0);
  /** File offset of the chunk. */
  #start = 0;
  #at = 0;

  constructor(file: FileBytes) {
    this.#file = file;
  }

  get offset(): number {
    return this.#start + this.#at;
  }

  get remaining(): number {
    return this.#file.sizeBytes - this.offset;
  }

  fail(problem: string, tensor?: string): never {
    const place = { file: this.#file.path, offset: this.offset };
    throw new FormatError(problem, tensor === undefined ? place : { ...place, tensor });
  }

  /** Makes `length` bytes available at the cursor and steps over them; returns where they start in the chunk. */
  #take(length: number, what: string): number {
    if (this.#at + length > this.#chunk.length) {
      if (length > this.remaining) {
        this.fail(`File ends inside the header: ${what} needs ${length} bytes, ${this.remaining} are left`);
      }
      this.#start += this.#at;
      this.#at = 0;
      const rest = this.#file.sizeBytes - this.#start;
      this.#chunk = this.#file.read(this.#start, Math.min(rest, Math.max(length, CHUNK_BYTES)), what);
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }

  u8(what: string): number {
    const at = this.#take(1, what);
    return this.#chunk[at]!;
  }

  u32(what: string): number {
    const at = this.#take(4, what);
    return this.#chunk.readUInt32LE(at);
  }

  /** A 64-bit count, length or offset; anything beyond 2^53 is an error. */
  u64(what: string): number {
    const at = this.#take(8, what);
    const chunk = this.#chunk;
    const low = (chunk[at]! | (chunk[at + 1]! << 8) | (chunk[at + 2]! << 16) | (chunk[at + 3]! << 24)) >>> 0;
    const high =
      (chunk[at + 4]! | (chunk[at + 5]! << 8) | (chunk[at + 6]! << 16) | (chunk[at + 7]! << 24)) >>> 0;
    if (high >= 0x200000) this.fail(`Impossible ${what}: ${(BigInt(high) << 32n) | BigInt(low)}`);
    return high * 2 ** 32 + low;
  }

  /** A count of things that take at least `leastBytes` each, so it cannot exceed the rest of the file. */
  count(what: string, leastBytes: number): number {
    const count = this.u64(what);
    if (count > this.remaining / leastBytes) {
      this.fail(`Impossible ${what}: ${count} do not fit in the ${this.remaining} bytes left`);
    }
    return count;
  }

  string(what: string, maxBytes: number = MAX_STRING_BYTES): string {
    const length = this.u64(what);
    if (length > this.remaining || length > maxBytes) {
      this.fail(`Impossible length of ${what}: ${length} bytes, ${this.remaining} are left`);
    }
    const at = this.#take(length, what);
    return this.#chunk.toString("utf8", at, at + length);
  }

  strings(count: number, what: string): string[] {
    const strings: string[] = new Array(count);
    for (let i = 0; i < count; i++) strings[i] = this.string(what);
    return strings;
  }

  /** A copy of the next bytes. */
  bytes(length: number, what: string): Buffer {
    const at = this.#take(length, what);
    return Buffer.from(this.#chunk.subarray(at, at + length));
  }
}
