import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
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
    for (const event of parseEvents(kept)) this.#board.add(event);
  }

  /** Size of the events so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes an event down and tells the listener. */
  tell(event: RunEvent): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    writeSync(this.#file, line);
    this.#bytes += line.length;
    this.#board.add(event);
    if (event.event === "sample") {
      mkdirSync(this.#samples, { recursive: true });
      const name = `step-${String(event.step).padStart(8, "0")}.txt`;
      const file = openSync(join(this.#samples, name), "a");
      writeSync(file, `${event.prompt}|${event.text}\n\n`);
      closeSync(file);
    }
    this.#listener?.(event);
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
