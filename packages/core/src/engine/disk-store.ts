import { randomUUID } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync, utimesSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BlockSlot, createBlockSlot, headerBytes } from "./block-checksum.ts";

// Header: magic "LLKV", version, payload bytes, checksum of the payload, 32 bytes of address.
const magic = 0x564b4c4c;
const version = 1;
const suffix = ".kv";
const temporarySuffix = ".tmp";
/** A temporary file this old belongs to a process that is gone. */
const abandonedMs = 10 * 60_000;
/** Small blocks count as this much, which bounds the number of files too. */
const minCountedBytes = 2 ** 16;

/** Where and how much a disk store may keep. */
export interface DiskStoreOptions {
  folder: string;
  maxBytes: number;
  /** Bytes of a block; others are not read. */
  blockBytes: number;
  /** Told once of a file that is not what it should be, or of a disk that does not take more. */
  onNotice: (notice: string) => void;
}

/**
 * Blocks of bytes in files named by their address, a SHA-256. Several processes may share the folder: files appear
 * whole by renaming and never change, readers check them, and what is missing is a miss. Bounded by removing
 * the least recently used, which the time of modification tells.
 */
export class DiskStore {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #onNotice: (notice: string) => void;
  /** Used within one task only. */
  readonly #slot: BlockSlot;
  readonly #noticed = new Set<"damage" | "write">();
  /** Bytes in the folder at the last look, and what was written since. */
  #numBytes = 0;
  #isMeasured = false;
  #numRejected = 0;

  constructor({ folder, maxBytes, blockBytes, onNotice }: DiskStoreOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#onNotice = onNotice;
    this.#slot = createBlockSlot(blockBytes);
  }

  /** Files that were damaged or foreign, and have been removed. */
  get numRejected(): number {
    return this.#numRejected;
  }

  #pathOf(address: Uint8Array): string {
    return join(this.#folder, `${Buffer.from(address).toString("hex")}${suffix}`);
  }

  has(address: Uint8Array): boolean {
    return statSync(this.#pathOf(address), { throwIfNoEntry: false }) !== undefined;
  }

  /** How many blocks are there, of whatever model. */
  count(): number {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith(suffix)).length;
    } catch {
      return 0;
    }
  }

  /**
   * Hands the payload, checked, to `take`, which must copy it; false when it is not there. A file that fails the check
   * is removed. It waits for the disk: of a file in the system's cache a block takes a fifth of a millisecond, less than
   * going to a thread and back.
   */
  read(address: Uint8Array, take: (payload: Uint8Array) => void): boolean {
    const path = this.#pathOf(address);
    try {
      const wrong = whatIsWrong(address, this.#slot, readWhole(path, this.#slot.file));
      if (wrong !== null) return this.#reject(path, wrong);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      return this.#reject(path, error instanceof Error ? error.message : String(error));
    }
    take(this.#slot.payload);
    return true;
  }

  #reject(path: string, why: string): false {
    this.#numRejected++;
    this.#notice("damage", `${path} is no block of this cache: ${why}; it is removed and computed again`);
    try {
      rmSync(path, { force: true, recursive: true });
    } catch {
      // What cannot be removed is refused again.
    }
    return false;
  }

  #notice(kind: "damage" | "write", text: string): void {
    if (this.#noticed.has(kind)) return;
    this.#noticed.add(kind);
    this.#onNotice(text);
  }

  /** Writes a block, whole or not at all. `ageMs` makes it go before others of the same time. False if it failed. */
  async write(address: Uint8Array, payload: Uint8Array, ageMs: number): Promise<boolean> {
    const path = this.#pathOf(address);
    const temporary = join(this.#folder, `${randomUUID()}${temporarySuffix}`);
    this.#slot.payload.set(payload);
    const header = headerOf(address, this.#slot);
    try {
      await mkdir(this.#folder, { recursive: true });
      if (!this.#isMeasured) await this.#sweep(payload.length);
      {
        await using file = await open(temporary, "wx");
        await file.writev([header, payload]);
        await file.utimes(new Date(), new Date(Date.now() - ageMs));
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      this.#notice("write", `KV could not be kept in ${this.#folder}: ${String(error)}`);
      return false;
    }
    this.#numBytes += Math.max(minCountedBytes, headerBytes + payload.length);
    if (this.#numBytes > this.#maxBytes) await this.#sweep(0);
    return true;
  }

  /** Marks a block as used now. */
  touch(address: Uint8Array, ageMs: number): void {
    try {
      utimesSync(this.#pathOf(address), new Date(), new Date(Date.now() - ageMs));
    } catch {
      // It may be gone.
    }
  }

  /** Counts what is in the folder, removes what a killed process left, and makes room for `wantedBytes`. */
  async #sweep(wantedBytes: number): Promise<void> {
    const files: { path: string; usedAtMs: number; sizeBytes: number }[] = [];
    let numBytes = 0;
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const stats = await stat(path).catch(() => null);
      if (stats === null) continue;
      if (name.endsWith(temporarySuffix)) {
        if (Date.now() - stats.ctimeMs > abandonedMs) await rm(path, { force: true });
      } else if (name.endsWith(suffix)) {
        const sizeBytes = Math.max(minCountedBytes, stats.size);
        numBytes += sizeBytes;
        files.push({ path, usedAtMs: stats.mtimeMs, sizeBytes });
      }
    }
    if (numBytes + wantedBytes > this.#maxBytes) {
      // A tenth more than needed, so that the folder is not listed for every block.
      const target = this.#maxBytes * 0.9 - wantedBytes;
      for (const { path, sizeBytes } of files.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
        if (numBytes <= target) break;
        await rm(path, { force: true });
        numBytes -= sizeBytes;
      }
    }
    this.#numBytes = numBytes;
    this.#isMeasured = true;
  }
}

function headerOf(address: Uint8Array, slot: BlockSlot): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(version, 4);
  header.writeUInt32LE(slot.payload.length, 8);
  header.writeUInt32LE(slot.checksum(), 12);
  header.set(address, 16);
  return header;
}

/** Why what was read is not the block of the address; null if it is. */
function whatIsWrong(address: Uint8Array, slot: BlockSlot, numRead: number): string | null {
  const found = new DataView(slot.file.buffer, slot.file.byteOffset);
  if (numRead < headerBytes || found.getUint32(0, true) !== magic) return "it does not begin as one";
  const foundVersion = found.getUint32(4, true);
  if (foundVersion !== version) return `it is of version ${foundVersion}, not ${version}`;
  if (numRead !== slot.file.length - 1) return `it has ${numRead} bytes or more, not ${slot.file.length - 1}`;
  return headerOf(address, slot).equals(slot.header) ? null : "its address or its checksum is wrong";
}

/** Bytes read: fewer than there is room for when the file ends. */
function readWhole(path: string, target: Uint8Array): number {
  const file = openSync(path, "r");
  try {
    let at = 0;
    while (at < target.length) {
      const numRead = readSync(file, target, at, target.length - at, at);
      if (numRead === 0) break;
      at += numRead;
    }
    return at;
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
