import type { ValueId } from "../kernels.ts";
import type {
  ParamBuffers,
  ParamSlot,
  TrainBackend,
  TrainBatch,
  TrainOp,
  TrainParam,
  TrainProgram,
} from "../training/training.ts";
import { randomIntegers, randomNumbers } from "./random-data.ts";

/** A program with the batch that it is tried on. */
export interface TrainingCase {
  name: string;
  program: TrainProgram;
  batch: TrainBatch;
  /** Largest error of an element, relative to the largest element of its row. */
  tolerance: number;
}

/** What one run left: outputs, and gradients of trainable parameters. */
export interface TrainingResult {
  outputs: Record<string, Float32Array>;
  gradients: Float32Array[];
}

/** Sequences of some lengths with four of five rows as outputs, `perOutput` targets each. Tokens count up from 0, modulo `vocabulary`. */
export function trainingBatch(
  lengths: readonly number[],
  { vocabulary, targets, perOutput }: { vocabulary: number; targets: number; perOutput: number },
): TrainBatch {
  const positions = lengths.flatMap((length) => Array.from({ length }, (_, position) => position));
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
  const outputRows = Int32Array.from(positions.keys()).filter((row) => row % 5 !== 2);
  const count = outputRows.length * perOutput;
  return {
    tokens: Int32Array.from(positions.keys(), (row) => row % vocabulary),
    positions: Int32Array.from(positions),
    starts: Int32Array.from(starts),
    outputRows,
    targetIds: randomIntegers(77, count, targets),
    targetProbs: randomNumbers(78, count).map((x) => (perOutput === 1 ? 1 : (x + 1) / 2)),
  };
}

/**
 * Builds a program around single ops. Inputs are rows of tables, one for each token; values of the backward part can only
 * be seen in gradients, so `sink` adds them to that of a table.
 */
export class TrainingProgramBuilder {
  readonly params: TrainParam[] = [];
  readonly forward: TrainOp[] = [];
  readonly #rows: number;
  #backward: TrainOp[] = [];
  #outputs: Record<string, ValueId> = {};
  #isBackward = false;

  constructor(rows: number) {
    this.#rows = rows;
  }

  param(name: string, rows: number, cols: number): ParamSlot {
    return this.params.push({ name, rows, cols, trainable: true }) - 1;
  }

  push(op: TrainOp): ValueId {
    if (!this.#isBackward) return this.forward.push(op) - 1;
    return this.forward.length + this.#backward.push(op) - 1;
  }

  source(name: string, cols: number): ValueId {
    return this.push({ op: "embed", table: this.param(name, this.#rows, cols) });
  }

  /** Names an output, starts the backward part, and gives the gradient that the caller will hand in. */
  output(name: string, value: ValueId): ValueId {
    this.#outputs[name] = value;
    this.#isBackward = true;
    return this.push({ op: "seed", output: name });
  }

  sink(name: string, value: ValueId, cols: number, dim: "rows" | "outputs" = "rows"): void {
    const dy = dim === "rows" ? value : this.push({ op: "selectRowsGrad", dy: value });
    this.push({ op: "embedGrad", dy, table: this.param(name, this.#rows, cols) });
  }

  build(frequencies: readonly (readonly number[])[] = []): TrainProgram {
    return {
      params: this.params,
      frequencies,
      ops: [...this.forward, ...this.#backward],
      backwardStart: this.forward.length,
      outputs: this.#outputs,
    };
  }
}

/** Parameters in [-1/2, 1/2), and gradients that start with something to add to. */
export function trainingParams(program: TrainProgram): ParamBuffers[] {
  return program.params.map(({ rows, cols }, slot) => ({
    value: randomNumbers(slot, rows * cols).map((value) => value / 2),
    gradient: randomNumbers(slot + 1000, rows * cols),
  }));
}

/** Forward and backward with random seeds. */
export async function runTrainingCase(
  backend: TrainBackend,
  { program, batch }: TrainingCase,
): Promise<TrainingResult> {
  const params = trainingParams(program);
  const limits = { maxRows: batch.tokens.length + 3, maxOutputs: batch.outputRows.length + 1 };
  const executable = backend.compile(program, { params, ...limits, products: "f32" });
  await executable.forward(batch);
  const outputs: Record<string, Float32Array> = {};
  const seeds: Record<string, Float32Array> = {};
  for (const name of Object.keys(program.outputs)) {
    outputs[name] = executable.read(name);
    seeds[name] = randomNumbers(5, outputs[name].length);
  }
  await executable.backward(seeds);
  await executable[Symbol.asyncDispose]();
  return { outputs, gradients: params.map(({ gradient }) => gradient!) };
}
