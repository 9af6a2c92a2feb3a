import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, rmdir, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { lockFile } from "./disk-lock.ts";
import {
  type Hash,
  type ModelStorage,
  StorageFullError,
  type StorageLock,
  type StorageWriter,
} from "./storage.ts";

/** Model storage in a folder. */
export function createDiskStorage(root: string): ModelStorage {
  const absolute = (path: string): string => {
    const full = resolve(root, path);
    const inside = relative(resolve(root), full);
    if (inside === "" || inside.startsWith(`..${sep}`) || inside === "..") {
      throw new RangeError(`Path ${JSON.stringify(path)} leaves the folder ${root}`);
    }
    return full;
  };
  return {
    describe: (path) => join(root, path),

    async freeBytes(): Promise<number | null> {
      await mkdir(root, { recursive: true });
      try {
        const { bavail, bsize } = await statfs(root);
        return bavail * bsize;
      } catch (error) {
        if (hasCode(error, "ENOSYS")) return null;
        throw error;
      }
    },

    async size(path): Promise<number | null> {
      try {
        const stats = await stat(absolute(path));
        return stats.isFile() ? stats.size : null;
      } catch (error) {
        if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
        throw error;
      }
    },

    read: (path) => createReadStream(absolute(path), { highWaterMark: 1 << 20 }),

    async openAt(path, offset): Promise<StorageWriter> {
      const full = absolute(path);
      await mkdir(dirname(full), { recursive: true });
      const file = await open(full, offset === 0 ? "w" : "r+");
      if (offset > 0) await file.truncate(offset);
      let position = offset;
      return {
        async write(bytes): Promise<void> {
          for (let written = 0; written < bytes.length; ) {
            const result = await file
              .write(bytes, written, bytes.length - written, position)
              .catch((cause: unknown) => {
                if (!hasCode(cause, "ENOSPC", "EDQUOT")) throw cause;
                throw new StorageFullError(`No space left on the disk of ${root}`, { cause });
              });
            written += result.bytesWritten;
            position += result.bytesWritten;
          }
        },
        async close(): Promise<void> {
          try {
            await file.sync();
          } finally {
            await file.close();
          }
        },
      };
    },

    async readText(path): Promise<string | null> {
      try {
        return await readFile(absolute(path), "utf8");
      } catch (error) {
        if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
        throw error;
      }
    },

    async writeText(path, text): Promise<void> {
      const full = absolute(path);
      await mkdir(dirname(full), { recursive: true });
      // Two writers of a process must not share it.
      const temporary = `${full}.${randomUUID()}.tmp`;
      await writeFile(temporary, text, { flush: true });
      await rename(temporary, full);
    },

    async rename(from, to): Promise<void> {
      await mkdir(dirname(absolute(to)), { recursive: true });
      await rename(absolute(from), absolute(to));
    },

    remove: (path) => rm(absolute(path), { recursive: true, force: true }),

    createHash(algorithm): Hash {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
    },

    async lock(path) {
      const full = absolute(path);
      for (let attempt = 1; ; attempt++) {
        await mkdir(dirname(full), { recursive: true });
        try {
          const lock = await lockFile(full);
          return typeof lock === "string" ? lock : withoutEmptyFolder(lock, dirname(full));
        } catch (error) {
          // Who released the lock just now took the empty folder away.
          if (attempt === 3 || !hasCode(error, "ENOENT")) throw error;
        }
      }
    },
  };
}

/** A download that brought nothing leaves no folder behind. */
function withoutEmptyFolder(lock: StorageLock, folder: string): StorageLock {
  return {
    isHeld: () => lock.isHeld(),
    async release(): Promise<void> {
      await lock.release();
      await rmdir(folder).catch((error: unknown) => {
        if (!hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
      });
    },
  };
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes(String(Reflect.get(error, "code")));
}
