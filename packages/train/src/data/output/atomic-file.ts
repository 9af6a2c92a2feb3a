import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file so that a crash leaves the old one or the new one. */
export function writeAtomic(path: string, text: string): void {
  const temporary = `${path}.tmp`;
  withDiskError(path, () => {
    writeFileSync(temporary, text);
    syncFile(temporary);
    renameSync(temporary, path);
    syncFile(dirname(path));
  });
}

/** Puts what was written to a file or folder on the disk. */
export function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Puts every file below a folder on the disk. */
export function syncFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncFolder(path);
    else syncFile(path);
  }
  syncFile(folder);
}

/** Says what to do where the disk is full. */
export function withDiskError<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOSPC" && code !== "EDQUOT") throw cause;
    throw new Error(
      `The disk is full while writing ${path}; free space and run the same command again, which goes on after the last full shard`,
      { cause },
    );
  }
}

/** The SHA-256 of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
