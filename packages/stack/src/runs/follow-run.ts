import { open } from "node:fs/promises";
import { join } from "node:path";
import type { RunPart } from "../api/runs.ts";
import { addLine, emptyPart } from "./read-events.ts";

const newline = 10;
const maxPartBytes = 1 << 20;
const markBytes = 128;

/** Name of the file that a run's events are in. */
export const eventsFile = "metrics.jsonl";

/**
 * Reads what was added to the events of a run since the last look. A run that is resumed takes back steps after its
 * checkpoint; then everything is told anew.
 */
export class RunFollower {
  readonly #run: string;
  readonly #path: string;
  #at: number;
  /** The bytes before the place; other ones there tell that the file was written anew. */
  #mark: Buffer = Buffer.alloc(0);

  constructor(folder: string, run: string, at = 0) {
    this.#run = run;
    this.#path = join(folder, run, eventsFile);
    this.#at = at;
    // All that is known of what another reader left off at: a line ended there.
    if (at > 0) this.#mark = Buffer.from([newline]);
  }

  /** At most a megabyte of whole lines; null where nothing is new. */
  async next(): Promise<RunPart | null> {
    const file = await open(this.#path, "r").catch((error: unknown) => {
      if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") return null;
      throw error;
    });
    if (file === null) return null;
    try {
      const { size } = await file.stat();
      let isReset = false;
      const start = this.#at - this.#mark.length;
      const before = Buffer.alloc(this.#mark.length);
      if (before.length > 0) await file.read(before, 0, before.length, start);
      if (size < this.#at || !before.equals(this.#mark)) {
        isReset = true;
        this.#at = 0;
        this.#mark = Buffer.alloc(0);
      }
      const lines = await this.#readLines(file, size);
      if (lines === null && !isReset) return null;
      const part = emptyPart(this.#run, this.#at);
      part.isReset = isReset;
      for (const line of (lines ?? "").split("\n")) if (line.trim() !== "") addLine(part, line);
      return part;
    } finally {
      await file.close();
    }
  }

  /** Whole lines after the place, which moves behind them. */
  async #readLines(file: Awaited<ReturnType<typeof open>>, size: number): Promise<string | null> {
    let length = Math.min(maxPartBytes, size - this.#at);
    while (length > 0) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, this.#at);
      const end = bytes.subarray(0, bytesRead).lastIndexOf(newline) + 1;
      if (end > 0) {
        this.#at += end;
        this.#mark = Buffer.from(bytes.subarray(Math.max(0, end - markBytes), end));
        return bytes.toString("utf8", 0, end);
      }
      // A line longer than a part, or the beginning of one that is being written.
      if (this.#at + bytesRead >= size) return null;
      length = Math.min(length * 2, size - this.#at);
    }
    return null;
  }
}

/** Everything that a run has told so far. */
export async function readRun(folder: string, run: string): Promise<RunPart[]> {
  const follower = new RunFollower(folder, run);
  const parts: RunPart[] = [];
  for (let part = await follower.next(); part !== null; part = await follower.next()) parts.push(part);
  return parts;
}
