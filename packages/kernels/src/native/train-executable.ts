import { numRows } from "../program.ts";
import {
  checkParamBuffers,
  checkTrainBatch,
  checkTrainProgram,
  type TrainLimits,
  trainLimits,
} from "../training/check.ts";
import type {
  TrainBatch,
  TrainCompileOptions,
  TrainExecutable,
  TrainProgram,
  TrainShape,
} from "../training/training.ts";
import type { NativeBinding } from "./binding.ts";
import { type EncodedTrainProgram, encodeTrainProgram } from "./train-encode.ts";

/** Where the values of a program are: `backward` uses up what `forward` left, all but the outputs. */
type State = "empty" | "forward done" | "used up";

/** A training program compiled for the addon. */
export class NativeTrainExecutable implements TrainExecutable {
  readonly scratchBytes: number;
  readonly #native: NativeBinding;
  readonly #backend: number;
  readonly #handle: number;
  readonly #program: TrainProgram;
  readonly #encoded: EncodedTrainProgram;
  readonly #shapes: readonly TrainShape[];
  readonly #limits: TrainLimits;
  readonly #onDispose: () => void;
  #state: State = "empty";
  #sizes: { rows: number; outputs: number } = { rows: 0, outputs: 0 };
  #running: Promise<boolean> | null = null;
  #open = true;

  constructor(
    native: NativeBinding,
    backend: number,
    program: TrainProgram,
    options: TrainCompileOptions,
    onDispose: () => void,
  ) {
    this.#native = native;
    this.#backend = backend;
    this.#program = program;
    this.#onDispose = onDispose;
    this.#shapes = checkTrainProgram(program);
    checkParamBuffers(program, options.params);
    this.#limits = trainLimits(program, this.#shapes, options);
    this.#encoded = encodeTrainProgram(program, this.#shapes, options);
    const { params, frequencies } = program;
    this.#handle = native.trainCompile(
      backend,
      this.#encoded.code,
      this.#encoded.backwardStart,
      Int32Array.from(params.flatMap(({ rows, cols }) => [rows, cols])),
      options.params.map(({ value }) => value),
      options.params.map(({ gradient }) => gradient),
      Float64Array.from(frequencies.flat()),
      Int32Array.from(frequencies, ({ length }) => length),
      options.maxRows,
      options.maxOutputs,
      this.#encoded.valueBytes,
      options.products === "bf16" ? 1 : 0,
    );
    this.scratchBytes = native.trainScratchBytes(backend, this.#handle);
  }

  async forward(batch: TrainBatch, signal?: AbortSignal): Promise<void> {
    this.#assertReady();
    checkTrainBatch(batch, this.#limits);
    signal?.throwIfAborted();
    this.#state = "empty";
    const { tokens, positions, starts, outputRows, targetIds, targetProbs } = batch;
    await this.#finish(
      this.#native.trainForward(
        this.#backend,
        this.#handle,
        tokens,
        positions,
        starts,
        outputRows,
        targetIds,
        targetProbs,
      ),
      signal,
    );
    this.#sizes = { rows: tokens.length, outputs: outputRows.length };
    this.#state = "forward done";
  }

  async backward(seeds: Readonly<Record<string, Float32Array>>, signal?: AbortSignal): Promise<void> {
    this.#assertReady();
    const { ops, backwardStart } = this.#program;
    if (backwardStart === ops.length) throw new TypeError("Program has no backward part");
    if (this.#state !== "forward done")
      throw new TypeError("There is no finished forward to go back from; run forward first");
    const given = this.#encoded.seeds.map((output) => {
      const wanted = this.#length(output);
      const seed = seeds[output];
      if (seed?.length !== wanted)
        throw new RangeError(
          `Seed of ${output} has ${seed?.length ?? "no"} values; the output has ${wanted}`,
        );
      return seed;
    });
    signal?.throwIfAborted();
    this.#state = "used up";
    await this.#finish(this.#native.trainBackward(this.#backend, this.#handle, given), signal);
  }

  read(output: string): Float32Array {
    this.#assertReady();
    const { outputs } = this.#program;
    if (!Object.hasOwn(outputs, output))
      throw new RangeError(`Program has no output ${output}; it has ${Object.keys(outputs).join(", ")}`);
    if (this.#state === "empty") throw new RangeError(`Output ${output} has no value; run forward first`);
    const offset = this.#encoded.offsets[outputs[output]!]!;
    return this.#native.trainRead(this.#backend, this.#handle, offset, this.#length(output));
  }

  #length(output: string): number {
    const [dim, cols] = this.#shapes[this.#program.outputs[output]!]!;
    return numRows(dim, this.#sizes) * cols;
  }

  async #finish(running: Promise<boolean>, signal: AbortSignal | undefined): Promise<void> {
    this.#running = running;
    const abort = (): void => this.#native.trainCancel(this.#backend, this.#handle);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (await running) return;
      signal?.throwIfAborted();
      throw new DOMException("Executable was disposed while it ran", "AbortError");
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#running = null;
    }
  }

  #assertReady(): void {
    if (!this.#open) throw new TypeError("Executable is disposed");
    if (this.#running !== null) throw new TypeError("A run is in flight; await it before the next");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#running !== null) {
      this.#native.trainCancel(this.#backend, this.#handle);
      await this.#running;
    }
    this.#native.trainDispose(this.#backend, this.#handle);
    this.#onDispose();
  }
}
