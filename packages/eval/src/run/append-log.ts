import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Lines that wait before they are written at once. */
const MAX_WAITING = 64;
/** Milliseconds after which they are written even when they are few. */
const MAX_WAIT_MS = 200;

/**
 * A file of JSON lines that only grows. Lines reach the disk in batches with one fsync each; a process that dies leaves
 * at most a torn last line, which the next reader leaves out.
 */
export class AppendLog<T> {
  /** What the file held when it was opened. */
  readonly entries: readonly T[];
  /** Torn lines that were left out. */
  readonly numUnreadable: number;
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #error: unknown = null;

  private constructor(
    file: FileHandle,
    { entries, numUnreadable, isTorn }: { entries: T[]; numUnreadable: number; isTorn: boolean },
  ) {
    this.#file = file;
    this.entries = entries;
    this.numUnreadable = numUnreadable;
    // What is written next must not go on in the torn line.
    if (isTorn) this.#waiting.push("");
  }

  /** Opens or creates the file and reads it. `isEntry` says whether a line is of this version. */
  static async open<T>(path: string, isEntry: (value: unknown) => value is T): Promise<AppendLog<T>> {
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") return "";
      throw error;
    });
    const entries: T[] = [];
    let numUnreadable = 0;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const value = parse(line);
      if (isEntry(value)) entries.push(value);
      else numUnreadable++;
    }
    const isTorn = text !== "" && !text.endsWith("\n");
    return new AppendLog(await open(path, "a"), { entries, numUnreadable, isTorn });
  }

  /** Adds a line, which is on the disk after the next `flush`, or a moment later by itself. */
  append(entry: T): void {
    this.#waiting.push(JSON.stringify(entry));
    if (this.#waiting.length >= MAX_WAITING) void this.flush().catch(() => undefined);
    else this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), MAX_WAIT_MS);
  }

  /** Resolves when everything added so far is on the disk. Throws what went wrong with any write. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) {
      this.#writing = this.#writing
        .then(async () => {
          await this.#file.appendFile(`${lines.join("\n")}\n`);
          await this.#file.datasync();
        })
        .catch((error: unknown) => {
          this.#error ??= error;
        });
    }
    await this.#writing;
    if (this.#error !== null) throw this.#error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
