/** Incremental hash. */
export interface Hash {
  update(bytes: Uint8Array): void;
  hex(): string;
}

export interface StorageWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written durable and closes. */
  close(): Promise<void>;
}

/** A held lock; two holders of one name never exist at once. */
export interface StorageLock {
  /** False once the lock was lost, for instance because this process slept for minutes; stop writing then. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/** Where downloads go: a folder on disk, the browser's origin-private file system. Paths are relative, with `/`. */
export interface ModelStorage {
  /** For messages. */
  describe(path: string): string;
  /** Bytes that can still be written, or null when nobody knows. */
  freeBytes(): Promise<number | null>;
  /** Size of a file, or null when there is none. */
  size(path: string): Promise<number | null>;
  read(path: string): AsyncIterable<Uint8Array>;
  /** Opens for writing at `offset`; what lay beyond is cut off. Creates folders as needed. */
  openAt(path: string, offset: number): Promise<StorageWriter>;
  readText(path: string): Promise<string | null>;
  /** Replaces the file in one step. */
  writeText(path: string, text: string): Promise<void>;
  /** Moves a file in one step, over an old one if there is one. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or folder; nothing happens when there is none. */
  remove(path: string): Promise<void>;
  createHash(algorithm: "sha256" | "sha1"): Hash;
  /** Takes the lock, or returns a description of who holds it. */
  lock(path: string): Promise<StorageLock | string>;
}

/** Full while writing. */
export class StorageFullError extends Error {
  override name = "StorageFullError";
}
