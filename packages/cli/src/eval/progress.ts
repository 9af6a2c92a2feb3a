import type { RunProgress } from "@llamero/eval";
import { formatDuration } from "../terminal/human.ts";

/** Progress of a task on standard error: a bar on a terminal, a line now and then elsewhere. */
export class EvalProgress implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  #lastDrawn = performance.now();
  #last: RunProgress | null = null;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** How far it got; null before the first item. */
  get last(): RunProgress | null {
    return this.#last;
  }

  update(progress: RunProgress): void {
    this.#last = progress;
    const now = performance.now();
    const isLast = progress.numDone === progress.numItems;
    if (!isLast && now - this.#lastDrawn < (this.#stream.isTTY ? 100 : 30_000)) return;
    this.#lastDrawn = now;
    const line = describe(progress, (now - this.#startedAt) / 1000, this.#stream.isTTY);
    const width = Math.max(20, (this.#stream.columns || 80) - 1);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${line.slice(0, width)}` : `${line}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }
}

function describe(
  { task, numDone, numItems, numErrors, numResumed }: RunProgress,
  seconds: number,
  hasBar: boolean,
): string {
  const filled = Math.round((numDone / numItems) * 20);
  const bar = hasBar ? `${"█".repeat(filled)}${"░".repeat(20 - filled)} ` : "";
  const rate = (numDone - numResumed) / seconds;
  const left = rate > 0 && numDone < numItems ? `  ${formatDuration((numItems - numDone) / rate)} left` : "";
  const errors = numErrors === 0 ? "" : `  ${numErrors} failed`;
  const resumed = numResumed === 0 ? "" : `  ${numResumed} from before`;
  return `${task}  ${bar}${numDone} of ${numItems}${errors}${resumed}${left}`;
}
