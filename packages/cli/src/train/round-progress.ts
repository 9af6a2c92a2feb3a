import type { RoundEvent } from "@llamero/train/round";
import { TrainProgress } from "./train-progress.ts";

/** Progress of rounds on standard error: a line that is drawn again for counts, one for each stage that is done. */
export class RoundProgress implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  #train: TrainProgress | null = null;
  #lastDrawn = Number.NEGATIVE_INFINITY;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** Takes an event of the run. */
  update(event: RoundEvent): void {
    if (event.event === "start") {
      for (const note of event.start.notes) this.#say(`round ${event.round}  ${event.stage}  ${note}`);
      this.#train = new TrainProgress(event.start, this.#stream);
    } else if (event.event === "train") this.#train?.update(event.run);
    else if (event.event === "stage") {
      this.#train = null;
      this.#say(`round ${event.round}  ${event.stage}  ${event.text}`);
    } else if (event.event === "verdict")
      this.#say(`round ${event.round}  ${event.verdict}${event.reason === null ? "" : `: ${event.reason}`}`);
    else this.#count(event);
  }

  #count({ round, stage, what, done, total }: RoundEvent & { event: "progress" }): void {
    const now = performance.now();
    if (done < total && now - this.#lastDrawn < (this.#stream.isTTY ? 100 : 10_000)) return;
    if (done === total && !this.#stream.isTTY) return;
    this.#lastDrawn = now;
    const line = `round ${round}  ${stage}  ${what} ${done} of ${total}`;
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  #say(text: string): void {
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }
}
