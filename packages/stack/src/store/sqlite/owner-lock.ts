import { readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { lockFile } from "@llamero/core/hub/disk-lock";
import type { StorageLock } from "@llamero/core/hub/storage";

/** Locks of this process; a lock file with our own process id that is not among them is of an earlier process. */
const held = new Set<string>();

/** Makes this process the only one that uses the store at a path. Throws with the name of another that does. */
export async function ownStore(path: string): Promise<StorageLock> {
  const lockPath = `${path}.owner`;
  if (held.has(lockPath)) throw inUse(path, "this process");
  held.add(lockPath);
  try {
    // In containers the server has the same process id after every start.
    if (await isOurOwn(lockPath)) await rm(lockPath, { force: true });
    const lock = await lockFile(lockPath);
    if (typeof lock === "string") throw inUse(path, lock);
    // The lock of SQLite in WebAssembly is a folder, which a process that was killed leaves behind.
    await rm(`${path}.lock`, { recursive: true, force: true });
    return {
      isHeld: () => lock.isHeld(),
      release: async () => {
        held.delete(lockPath);
        await lock.release();
      },
    };
  } catch (error) {
    held.delete(lockPath);
    throw error;
  }
}

function inUse(path: string, holder: string): Error {
  return new Error(
    `The store ${path} is in use by ${holder}: end it first, or name another store (${path}.owner says who has it)`,
  );
}

async function isOurOwn(lockPath: string): Promise<boolean> {
  const text = await readFile(lockPath, "utf8").catch(() => "{}");
  try {
    const owner: unknown = JSON.parse(text);
    if (typeof owner !== "object" || owner === null) return false;
    return Reflect.get(owner, "pid") === process.pid && Reflect.get(owner, "host") === hostname();
  } catch {
    // Being written just now, by another process.
    return false;
  }
}
