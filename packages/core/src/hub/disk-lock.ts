import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { StorageLock } from "./storage.ts";

const heartbeatMs = 5_000;
/** A holder that has not touched its lock for so long is gone, or asleep and will notice when it wakes. */
const staleMs = 60_000;
/** Past this, a holder reads the lock again before it trusts that it still has it; well below `staleMs`. */
const doubtMs = 30_000;

interface Owner {
  pid: number;
  host: string;
  token: string;
}

/** Takes a lock file, or returns who holds it. Locks of processes that are gone are taken over. */
export async function lockFile(path: string): Promise<StorageLock | string> {
  const owner: Owner = { pid: process.pid, host: hostname(), token: randomUUID() };
  if (await createExclusive(path, JSON.stringify(owner))) return hold(path, owner);
  const holder = await readOwner(path);
  if (!(await isStale(path, holder))) return describe(holder);

  // Only one process at a time may take over, and it looks again: the lock may have been taken over meanwhile.
  const guard = `${path}.takeover`;
  if (!(await createExclusive(guard, ""))) {
    const age = await ageMs(guard);
    if (age !== null && age > staleMs) await rm(guard, { force: true });
    return describe(holder);
  }
  try {
    const current = await readOwner(path);
    if (await isStale(path, current)) await rm(path, { force: true });
    return (await createExclusive(path, JSON.stringify(owner))) ? hold(path, owner) : describe(current);
  } finally {
    await rm(guard, { force: true });
  }
}

function hold(path: string, owner: Owner): StorageLock {
  let lastBeat = Date.now();
  let held = true;
  const beat = async (): Promise<void> => {
    const current = await readOwner(path);
    if (current?.token !== owner.token) held = false;
    else {
      const now = new Date();
      await utimes(path, now, now);
      lastBeat = now.getTime();
    }
  };
  const timer = setInterval(() => {
    beat().catch(() => {
      held = false;
    });
  }, heartbeatMs);
  timer.unref();
  return {
    isHeld: () => held && Date.now() - lastBeat < doubtMs,
    async release(): Promise<void> {
      clearInterval(timer);
      if ((await readOwner(path))?.token === owner.token) await rm(path, { force: true });
    },
  };
}

async function createExclusive(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "EEXIST") return false;
    throw error;
  }
}

/** Null when there is no lock, or it is being written just now. */
async function readOwner(path: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Owner;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && Reflect.get(error, "code") === "ENOENT")) {
      return null;
    }
    throw error;
  }
}

function describe(owner: Owner | null): string {
  return owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`;
}

async function isStale(path: string, holder: Owner | null): Promise<boolean> {
  if (holder !== null && holder.host === hostname() && !isRunning(holder.pid)) return true;
  const age = await ageMs(path);
  return age !== null && age > staleMs;
}

async function ageMs(path: string): Promise<number | null> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && Reflect.get(error, "code") === "EPERM";
  }
}
