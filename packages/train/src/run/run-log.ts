import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import type { RunEvent, RunListener } from "./run-event.ts";
import { TensorBoardWriter } from "./tensorboard.ts";

/** What a run tells: `metrics.jsonl`, TensorBoard files and the texts of samples, in the run's folder. */
export class RunLog implements Disposable {
  readonly #file: number;
  readonly #board: TensorBoardWriter;
  readonly #listener: RunListener | undefined;
  readonly #samples: string;
  #bytes: number;

  /**
   * Opens the log of a run that stands after `keepBytes` of its events. Later ones, of steps that were not saved, are
   * taken back.
   */
  constructor(folder: string, keepBytes: number, listener: RunListener | undefined) {
    const path = join(folder, "metrics.jsonl");
    const before = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const kept = before.subarray(0, keepBytes);
    this.#file = openSync(path, "a");
    ftruncateSync(this.#file, kept.length);
    this.#bytes = kept.length;
    this.#listener = listener;
    this.#samples = join(folder, "samples");
    const board = join(folder, "tensorboard");
    rmSync(board, { recursive: true, force: true });
    this.#board = new TensorBoardWriter(board);
    rmSync(this.#samples, { recursive: true, force: true });
    for (const event of parseEvents(kept)) this.#derive(event);
  }

  /** Size of the events so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes an event down and tells the listener. */
  tell(event: RunEvent): void {
    try {
      this.#write(event);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== "ENOSPC" && code !== "EDQUOT") throw cause;
      throw new Error(
        `The disk is full while writing the events of step ${event.step}; the last checkpoint is kept: free space and go on with --resume`,
        { cause },
      );
    }
    this.#listener?.(event);
  }

  #write(event: RunEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    appendFileSync(this.#file, line);
    this.#bytes += line.length;
    this.#derive(event);
  }

  /** What is made of the events alone, and so made again when a run goes on. */
  #derive(event: RunEvent): void {
    this.#board.add(event);
    if (event.event !== "sample") return;
    mkdirSync(this.#samples, { recursive: true });
    const name = `step-${String(event.step).padStart(8, "0")}.txt`;
    appendFileSync(join(this.#samples, name), `${event.prompt}|${event.text}\n\n`);
  }

  /** Puts the events on the disk: before the checkpoint that counts them. */
  sync(): void {
    fsyncSync(this.#file);
    this.#board.sync();
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    this.#board[Symbol.dispose]();
  }
}

/** The events of a `metrics.jsonl`; a last line that a crash cut is left out. */
export function parseEvents(bytes: Uint8Array): RunEvent[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  lines.pop();
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RunEvent);
}
