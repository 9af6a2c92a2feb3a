import { randomUUID } from "node:crypto";
import { close as closeFile, open as openFile, read as readFile, statSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { type BlockSlot, createBlockSlots, headerBytes } from "./block-checksum.ts";

// Header: magic "LLKV", version, payload bytes, checksum of the payload, 32 bytes of address.
const magic = 0x564b4c4c;
const version = 1;
const suffix = ".kv";
const temporarySuffix = ".tmp";
/** A temporary file this old belongs to a process that is gone. */
const abandonedMs = 10 * 60_000;
/** Small blocks count as this much, which bounds the number of files too. */
const minCountedBytes = 2 ** 16;

/** Blocks that can be read at once: as many as libuv has threads by default. */
export const maxReads = 4;

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
  readonly #slots: BlockSlot[];
  readonly #writeSlot: BlockSlot;
  readonly #noticed = new Set<"damage" | "write">();
  /** Bytes in the folder at the last look, and what was written since. */
  #numBytes = 0;
  #isMeasured = false;
  #numRejected = 0;

  constructor({ folder, maxBytes, blockBytes, onNotice }: DiskStoreOptions) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#onNotice = onNotice;
    this.#slots = createBlockSlots(blockBytes, maxReads + 1);
    this.#writeSlot = this.#slots.pop()!;
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

  /**
   * Hands the payload, checked, to `take`, which must copy it; false when it is not there. A file that fails the check
   * is removed. At most `maxReads` at once.
   */
  async read(address: Uint8Array, take: (payload: Uint8Array) => void): Promise<boolean> {
    const path = this.#pathOf(address);
    const slot = this.#slots.pop();
    if (slot === undefined) throw new Error(`More than ${maxReads} blocks are read at once`);
    try {
      const numRead = await readWhole(path, slot.file);
      if (numRead !== slot.file.length - 1) {
        return await this.#reject(path, `it has ${numRead} bytes or more, not ${slot.file.length - 1}`);
      }
      const header = headerOf(address, slot);
      if (!header.equals(slot.header)) return await this.#reject(path, "its checksum is wrong");
      take(slot.payload);
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      return await this.#reject(path, error instanceof Error ? error.message : String(error));
    } finally {
      this.#slots.push(slot);
    }
  }

  async #reject(path: string, why: string): Promise<false> {
    this.#numRejected++;
    this.#notice("damage", `${path} is no block of this cache: ${why}; it is removed and computed again`);
    await rm(path, { force: true, recursive: true }).catch(() => {});
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
    const slot = this.#writeSlot;
    slot.payload.set(payload);
    const header = headerOf(address, slot);
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
  async touch(address: Uint8Array, ageMs: number): Promise<void> {
    await utimes(this.#pathOf(address), new Date(), new Date(Date.now() - ageMs)).catch(() => {});
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

/** Bytes read: fewer than there is room for when the file ends. Three calls a file, where promises take more. */
function readWhole(path: string, target: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    openFile(path, "r", (openError, file) => {
      if (openError) return reject(openError);
      const readOn = (at: number): void => {
        readFile(file, target, at, target.length - at, at, (error, numRead) => {
          if (!error && numRead > 0 && at + numRead < target.length) return readOn(at + numRead);
          closeFile(file, () => (error ? reject(error) : resolve(at + numRead)));
        });
      };
      readOn(0);
    });
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, "code") : undefined;
}
