import type { RunEvent } from "@llamero/train/pretrain";
import { formatDuration, formatNumber } from "../terminal/human.ts";

export interface TrainProgressOptions {
  /** Optimizer steps of the whole run. */
  steps: number;
  /** Floating-point operations of one token, forward and backward: about six for each parameter. */
  operationsPerToken: number;
  /** The most that the machine can do in a second; null where it was not measured. */
  operationsPerSecond?: number | null;
}

/**
 * Progress of training on standard error: one line that is drawn again on a terminal, a line now and then elsewhere;
 * evaluations, samples and notes stay above it.
 */
export class TrainProgress implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #options: TrainProgressOptions;
  #lastDrawn = Number.NEGATIVE_INFINITY;
  /** Steps of this part of the run and their seconds on the clock, evaluations and checkpoints included. */
  #firstStep: number | null = null;
  #startedAt = performance.now();
  #loss: number | null = null;
  #rate: number | null = null;

  constructor(options: TrainProgressOptions, stream: NodeJS.WriteStream = process.stderr) {
    this.#options = options;
    this.#stream = stream;
  }

  /** Takes an event of the run. */
  update(event: RunEvent): void {
    if (event.event === "step") this.#step(event);
    else if (event.event === "eval") this.#say(`step ${event.step}  ${describeValues(event.values)}`);
    else if (event.event === "sample")
      this.#say(`step ${event.step}  ${JSON.stringify(event.prompt)} → ${JSON.stringify(event.text)}`);
    else if (event.event === "note") this.#say(`step ${event.step}  ${event.text}`);
  }

  #step(event: RunEvent & { event: "step" }): void {
    const now = performance.now();
    if (this.#firstStep === null) {
      this.#firstStep = event.step;
      this.#startedAt = now;
    }
    // Single steps jump about too much to be read.
    this.#loss = smooth(this.#loss, event.loss);
    this.#rate = smooth(this.#rate, event.tokensPerSecond);
    const isLast = event.step === this.#options.steps;
    if (!isLast && now - this.#lastDrawn < (this.#stream.isTTY ? 100 : 10_000)) return;
    this.#lastDrawn = now;
    const line = this.#describe(event, now);
    const width = Math.max(20, (this.#stream.columns || 100) - 1);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${line.slice(0, width)}` : `${line}\n`);
  }

  #describe({ step, learningRate }: RunEvent & { event: "step" }, now: number): string {
    const { steps, operationsPerToken, operationsPerSecond = null } = this.#options;
    const done = step - this.#firstStep!;
    const perStep = done === 0 ? null : (now - this.#startedAt) / 1000 / done;
    const left =
      perStep === null || step === steps ? "" : `  ${formatDuration((steps - step) * perStep)} left`;
    const work = this.#rate! * operationsPerToken;
    const share =
      operationsPerSecond === null
        ? ""
        : ` (${Math.round((100 * work) / operationsPerSecond)} % of the machine)`;
    return `step ${step} of ${steps}  loss ${this.#loss!.toFixed(3)}  ${formatNumber(this.#rate!)} tokens/s  ${(work / 1e9).toFixed(1)} GFLOP/s${share}  rate ${learningRate.toExponential(1)}${left}`;
  }

  #say(text: string): void {
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }
}

function smooth(before: number | null, value: number): number {
  return before === null ? value : before + (value - before) * 0.1;
}

function describeValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join("  ");
}
