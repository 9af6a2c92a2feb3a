import { numRows } from "../../program.ts";
import { Pacer } from "../../reference/pacer.ts";
import {
  checkParamBuffers,
  checkTrainBatch,
  checkTrainProgram,
  type TrainLimits,
  trainLimits,
} from "../check.ts";
import { trainLastUses } from "../reads.ts";
import type { TrainOpOf } from "../shapes.ts";
import type {
  TrainBatch,
  TrainCompileOptions,
  TrainExecutable,
  TrainOp,
  TrainProgram,
  TrainShape,
} from "../training.ts";
import { trainOps } from "./ops.ts";
import type { TrainMatrix, TrainRun } from "./run-context.ts";

/** Runs a training program op by op, in order. Values of the forward part stay until the next forward. */
export class ReferenceTrainExecutable implements TrainExecutable {
  readonly scratchBytes: number;
  readonly #program: TrainProgram;
  readonly #options: TrainCompileOptions;
  readonly #shapes: readonly TrainShape[];
  readonly #lastUses: readonly number[];
  readonly #limits: TrainLimits;
  #batch: TrainBatch | null = null;
  #values: (TrainMatrix | undefined)[] = [];
  #isRunning = false;
  #isDisposed = false;

  constructor(program: TrainProgram, options: TrainCompileOptions) {
    this.#program = program;
    this.#options = options;
    this.#shapes = checkTrainProgram(program);
    checkParamBuffers(program, options.params);
    this.#lastUses = trainLastUses(program);
    this.#limits = trainLimits(program, this.#shapes, options);
    const sizes = { rows: options.maxRows, outputs: options.maxOutputs };
    this.scratchBytes = this.#shapes.reduce((sum, [dim, cols]) => sum + numRows(dim, sizes) * cols * 4, 0);
  }

  async forward(batch: TrainBatch, signal?: AbortSignal): Promise<void> {
    this.#assertOpen();
    this.#assertIdle();
    checkTrainBatch(batch, this.#limits);
    this.#batch = null;
    this.#values = [];
    await this.#run(batch, 0, this.#program.backwardStart, {}, signal);
    this.#batch = batch;
  }

  read(output: string): Float32Array {
    this.#assertOpen();
    const { outputs } = this.#program;
    if (!Object.hasOwn(outputs, output)) {
      throw new RangeError(`Program has no output ${output}; it has ${Object.keys(outputs).join(", ")}`);
    }
    const value = this.#values[outputs[output]!];
    if (value === undefined) throw new RangeError(`Output ${output} has no value; run forward first`);
    return value.data.slice();
  }

  async backward(seeds: Readonly<Record<string, Float32Array>>, signal?: AbortSignal): Promise<void> {
    this.#assertOpen();
    const { ops, backwardStart, outputs } = this.#program;
    if (backwardStart === ops.length) throw new TypeError("Program has no backward part");
    const batch = this.#batch;
    if (batch === null)
      throw new TypeError("There is no finished forward to go back from; run forward first");
    for (const op of ops) {
      if (op.op !== "seed") continue;
      const wanted = this.#values[outputs[op.output]!]!.data.length;
      const given = seeds[op.output]?.length;
      if (given !== wanted) {
        throw new RangeError(`Seed of ${op.output} has ${given ?? "no"} values; the output has ${wanted}`);
      }
    }
    await this.#run(batch, backwardStart, ops.length, seeds, signal);
    this.#values.length = backwardStart;
  }

  async #run(
    batch: TrainBatch,
    from: number,
    to: number,
    seeds: Readonly<Record<string, Float32Array>>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#assertIdle();
    signal?.throwIfAborted();
    this.#isRunning = true;
    try {
      const { ops } = this.#program;
      const run = this.#context(batch, seeds);
      const sizes = { rows: batch.tokens.length, outputs: batch.outputRows.length };
      const pacer = new Pacer(signal);
      for (let index = from; index < to; index++) {
        if (pacer.isDue()) await pacer.pause();
        const op = ops[index]!;
        const [dim, cols] = this.#shapes[index]!;
        const rows = numRows(dim, sizes);
        const y: TrainMatrix = { data: new Float32Array(rows * cols), rows, cols };
        this.#values[index] = y;
        (trainOps[op.op] as (op: TrainOp, run: TrainRun, y: TrainMatrix) => void)(op, run, y);
        for (let id = from; id <= index; id++) {
          if (from > 0 && this.#lastUses[id] === index) this.#values[id] = undefined;
        }
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #context(batch: TrainBatch, seeds: Readonly<Record<string, Float32Array>>): TrainRun {
    const { params, frequencies, ops } = this.#program;
    const buffers = this.#options.params;
    return {
      batch,
      value: (id) => this.#values[id]!,
      param: (slot) => ({ data: buffers[slot]!.value, rows: params[slot]!.rows, cols: params[slot]!.cols }),
      gradient: (slot) => buffers[slot]!.gradient!,
      frequencies: (slot) => frequencies[slot]!,
      seed: (output) => seeds[output]!,
      attentionOf: (id) => ops[id] as TrainOpOf<"attention">,
    };
  }

  #assertIdle(): void {
    if (this.#isRunning) throw new TypeError("A run is in flight; await it before the next");
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new TypeError("Executable is disposed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#values = [];
  }
}
