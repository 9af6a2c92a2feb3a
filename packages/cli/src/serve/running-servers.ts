import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import { request } from "@llamero/core/net/request";
import type { ServerStatus } from "@llamero/stack/api/server-status";
import { UsageError } from "../errors.ts";

/** What a running server says of itself in a file, which only its user can read. */
export interface ServerNote {
  pid: number;
  /** Address without a path, as this machine reaches it. */
  url: string;
  models: string[];
  startedAt: string;
  /** Lets `ps` ask the server, whatever keys it has. */
  controlKey: string;
}

const folder = (): string => join(homeFolder(), "servers");
const pathOf = (pid: number): string => join(folder(), `${pid}.json`);

/** Leaves the note of this process; returns what takes it away. */
export async function noteServer(note: Omit<ServerNote, "pid">): Promise<() => Promise<void>> {
  await mkdir(folder(), { recursive: true });
  const path = pathOf(process.pid);
  await writeFile(path, JSON.stringify({ pid: process.pid, ...note }), { mode: 0o600 });
  // A file of an earlier process with this number keeps its mode.
  await chmod(path, 0o600);
  return () => rm(path, { force: true });
}

/** The address at which this machine reaches a server that listens on all addresses. */
export function reachableUrl(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

/** Whether a process runs. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Notes of the servers that run, the oldest first; those of dead ones are taken away. */
export async function runningServers(): Promise<ServerNote[]> {
  let names: string[];
  try {
    names = await readdir(folder());
  } catch {
    return [];
  }
  const notes: ServerNote[] = [];
  for (const name of names) {
    const pid = Number(/^(\d+)\.json$/.exec(name)?.[1]);
    if (!Number.isSafeInteger(pid)) continue;
    if (!isRunning(pid)) {
      await rm(pathOf(pid), { force: true });
      continue;
    }
    try {
      notes.push(JSON.parse(await readFile(pathOf(pid), "utf8")) as ServerNote);
    } catch {
      // Being written, or taken away just now.
    }
  }
  return notes.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}

/** What a server says of itself; null where it does not answer, or another process has its number now. */
export async function askServer({ url, pid, controlKey }: ServerNote): Promise<ServerStatus | null> {
  try {
    const answer = await request(`${url}/v1alpha/admin/status`, {
      purpose: "ps",
      access: "any",
      headers: { Authorization: `Bearer ${controlKey}` },
      headersTimeoutMs: 3000,
    });
    const status = (await answer.json()) as ServerStatus;
    return answer.ok && status.pid === pid ? status : null;
  } catch {
    return null;
  }
}

/** The servers that a word means: a process id, a port, or a model; without one the only server. */
export function chooseServers(
  all: readonly ServerNote[],
  word: string | null,
  isAll: boolean,
): readonly ServerNote[] {
  if (isAll) return all;
  const shown = all.map(({ pid, url, models }) => `  ${pid}  ${url}  ${models.join(", ")}`).join("\n");
  if (word === null) {
    if (all.length <= 1) return all;
    throw new UsageError(`${all.length} servers run; name one, or give --all`, shown);
  }
  const found = all.filter(
    ({ pid, url, models }) => String(pid) === word || new URL(url).port === word || models.includes(word),
  );
  if (found.length === 1) return found;
  const problem = found.length === 0 ? `No server is ${word}` : `${word} is ambiguous; name the process id`;
  throw new UsageError(problem, shown === "" ? "None runs" : shown);
}
