import type { SynthProgress } from "@llamero/train/synth";
import { formatDuration } from "../terminal/human.ts";

/** Progress of made records on standard error, in place on a terminal and a line now and then elsewhere. */
export class SynthProgressLine implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  #lastDrawn = performance.now();
  #last: SynthProgress | null = null;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** How far it got; null before the first item. */
  get last(): SynthProgress | null {
    return this.#last;
  }

  update(progress: SynthProgress): void {
    this.#last = progress;
    const now = performance.now();
    const isLast = progress.numDone === progress.numItems;
    if (!isLast && now - this.#lastDrawn < (this.#stream.isTTY ? 100 : 30_000)) return;
    this.#lastDrawn = now;
    const { task, numDone, numItems, numKept, numFailed, numResumed } = progress;
    const rate = (numDone - numResumed) / ((now - this.#startedAt) / 1000);
    const parts = [
      `${task}  ${numDone} of ${numItems}`,
      `${numKept} kept`,
      ...(numFailed === 0 ? [] : [`${numFailed} failed`]),
      ...(numResumed === 0 ? [] : [`${numResumed} from before`]),
      ...(rate > 0 && !isLast ? [`${formatDuration((numItems - numDone) / rate)} left`] : []),
    ];
    const line = parts.join("  ");
    const width = Math.max(20, (this.#stream.columns || 80) - 1);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${line.slice(0, width)}` : `${line}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }
}
