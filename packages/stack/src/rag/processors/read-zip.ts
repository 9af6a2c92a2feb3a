import { inflateRawSync } from "node:zlib";
import { type ProcessLimits, UnsupportedFileError } from "./processed.ts";

const endSignature = 0x0605_4b50;
const entrySignature = 0x0201_4b50;
const localSignature = 0x0403_4b50;
const maxEntries = 10_000;

/** One file of an archive, still packed. */
interface ZipEntry {
  method: number;
  packedSize: number;
  offset: number;
}

/**
 * Reads single files of a ZIP archive in memory. Sizes that the archive claims are not believed: a file is inflated up to the
 * limit. Nothing is written to disk, so names of entries name nothing.
 */
export class ZipReader {
  readonly #bytes: Buffer;
  readonly #filename: string;
  readonly #entries = new Map<string, ZipEntry>();
  #left: number;

  constructor(bytes: Uint8Array, filename: string, limits: ProcessLimits) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#filename = filename;
    this.#left = limits.maxInflatedBytes;
    try {
      this.#readDirectory();
    } catch (error) {
      if (error instanceof UnsupportedFileError) throw error;
      this.#fail("is a damaged archive");
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** The content of a file of the archive. */
  read(name: string): Buffer {
    const entry = this.#entries.get(name) ?? this.#fail(`holds no ${name}`);
    const bytes = this.#bytes;
    const { offset, packedSize, method } = entry;
    try {
      if (bytes.readUInt32LE(offset) !== localSignature) throw new RangeError("No entry there");
      const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
      if (start + packedSize > bytes.length) throw new RangeError("The entry ends outside");
      const packed = bytes.subarray(start, start + packedSize);
      const content =
        method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, this.#left) });
      if (content.length > this.#left) throw Object.assign(new Error(), { code: "ERR_BUFFER_TOO_LARGE" });
      this.#left -= content.length;
      return content;
    } catch (error) {
      const isBomb = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE";
      return this.#fail(
        isBomb ? "inflates to more than the limit allows" : `holds a damaged ${JSON.stringify(name)}`,
      );
    }
  }

  #readDirectory(): void {
    const bytes = this.#bytes;
    let end = bytes.length - 22;
    const last = Math.max(0, end - 65_535);
    while (end >= last && bytes.readUInt32LE(end) !== endSignature) end--;
    if (end < last) this.#fail("is no whole archive");
    const count = bytes.readUInt16LE(end + 10);
    if (count > maxEntries) this.#fail(`holds ${count} files; the limit is ${maxEntries}`);
    let at = bytes.readUInt32LE(end + 16);
    for (let each = 0; each < count; each++) {
      if (bytes.readUInt32LE(at) !== entrySignature) this.#fail("is a damaged archive");
      const isEncrypted = (bytes.readUInt16LE(at + 8) & 1) !== 0;
      const method = bytes.readUInt16LE(at + 10);
      const nameLength = bytes.readUInt16LE(at + 28);
      const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
      if (!isEncrypted && (method === 0 || method === 8)) {
        const packedSize = bytes.readUInt32LE(at + 20);
        this.#entries.set(name, { method, packedSize, offset: bytes.readUInt32LE(at + 42) });
      }
      at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
  }

  #fail(what: string): never {
    throw new UnsupportedFileError(`${this.#filename} ${what}`);
  }
}
