import { trainShapes } from "./shapes.ts";
import type { ParamBuffers, TrainBatch, TrainOpName, TrainProgram, TrainShape } from "./training.ts";

/** Which part of a program each op belongs to; sums and rotations are in both. */
const parts: { readonly [K in TrainOpName]: "forward" | "backward" | "both" } = {
  embed: "forward",
  rmsNorm: "forward",
  linear: "forward",
  rope: "both",
  attention: "forward",
  siluMul: "forward",
  add: "both",
  loraAdd: "forward",
  selectRows: "forward",
  crossEntropy: "forward",
  seed: "backward",
  embedGrad: "backward",
  rmsNormGradX: "backward",
  rmsNormGradWeight: "backward",
  linearGradX: "backward",
  linearGradWeight: "backward",
  attentionGrad: "backward",
  columns: "both",
  siluMulGradGate: "backward",
  siluMulGradUp: "backward",
  loraGradX: "backward",
  loraGradWeights: "backward",
  selectRowsGrad: "backward",
  crossEntropyGrad: "backward",
};

/** Shapes of all values of a sound program. Throws RangeError naming the op, and the value or parameter, otherwise. */
export function checkTrainProgram(program: TrainProgram): TrainShape[] {
  const { params, ops, backwardStart, outputs } = program;
  const names = new Set<string>();
  for (const [slot, { name, rows, cols }] of params.entries()) {
    if (names.has(name)) throw new RangeError(`Parameter ${name} is there twice; slot ${slot} repeats it`);
    names.add(name);
    if (!(Number.isInteger(rows) && rows > 0 && Number.isInteger(cols) && cols > 0)) {
      throw new RangeError(`Parameter ${name} is [${rows}, ${cols}]; rows and columns are positive integers`);
    }
  }
  if (!Number.isInteger(backwardStart) || backwardStart < 0 || backwardStart > ops.length) {
    throw new RangeError(`The backward part starts at op ${backwardStart} of ${ops.length}`);
  }
  for (const [name, id] of Object.entries(outputs)) {
    if (!Number.isInteger(id) || id < 0 || id >= backwardStart) {
      throw new RangeError(`Output ${name} is value ${id}, which no forward op makes`);
    }
  }
  const shapes = trainShapes(program);
  for (const [index, { op }] of ops.entries()) {
    const part = index < backwardStart ? "forward" : "backward";
    if (parts[op] !== part && parts[op] !== "both") {
      throw new RangeError(`Op ${index} (${op}) is in the ${part} part; it belongs in the ${parts[op]} part`);
    }
  }
  return shapes;
}

/** Throws RangeError unless there is memory of the right size for every parameter, with gradients where trained. */
export function checkParamBuffers(program: TrainProgram, buffers: readonly ParamBuffers[]): void {
  const hasBackward = program.backwardStart < program.ops.length;
  for (const [slot, { name, rows, cols, trainable }] of program.params.entries()) {
    const buffer = buffers[slot];
    const size = rows * cols;
    if (buffer?.value.length !== size) {
      throw new RangeError(
        `Parameter ${name} [${rows}, ${cols}] needs ${size} values, got ${buffer?.value.length ?? "none"}`,
      );
    }
    if (trainable && hasBackward && buffer.gradient?.length !== size) {
      throw new RangeError(
        `The gradient of ${name} [${rows}, ${cols}] needs ${size} values, got ${buffer.gradient?.length ?? "none"}`,
      );
    }
  }
}

/** What a batch must fit into. */
export interface TrainLimits {
  maxRows: number;
  maxOutputs: number;
  /** Tokens that every embedding table has. */
  vocabulary: number;
  /** Tokens that every cross entropy can be taken of; null when the program has none, and batches need no targets. */
  targets: number | null;
}

/** Limits of the batches of a compiled program. `shapes` are those that `checkTrainProgram` gave. */
export function trainLimits(
  program: TrainProgram,
  shapes: readonly TrainShape[],
  sizes: { maxRows: number; maxOutputs: number },
): TrainLimits {
  let vocabulary = Number.POSITIVE_INFINITY;
  let targets: number | null = null;
  for (const op of program.ops) {
    if (op.op === "embed") vocabulary = Math.min(vocabulary, program.params[op.table]!.rows);
    if (op.op === "crossEntropy")
      targets = Math.min(targets ?? Number.POSITIVE_INFINITY, shapes[op.logits]![1]);
  }
  return { maxRows: sizes.maxRows, maxOutputs: sizes.maxOutputs, vocabulary, targets };
}

/** Throws RangeError with the value when ids are out of range, rows are not in order, or lengths disagree. */
export function checkTrainBatch(batch: TrainBatch, limits: TrainLimits): void {
  const { tokens, positions, starts, outputRows } = batch;
  const { maxRows, maxOutputs, vocabulary } = limits;
  const rows = tokens.length;
  if (rows === 0) throw new RangeError("Batch has 0 rows; it needs at least one token");
  if (rows > maxRows) throw new RangeError(`Batch has ${rows} rows, but maxRows is ${maxRows}`);
  if (outputRows.length > maxOutputs) {
    throw new RangeError(`Batch has ${outputRows.length} output rows, but maxOutputs is ${maxOutputs}`);
  }
  if (positions.length !== rows) {
    throw new RangeError(`Batch has ${positions.length} positions for ${rows} tokens`);
  }
  for (const [row, token] of tokens.entries()) {
    if (token < 0 || token >= vocabulary) {
      throw new RangeError(`Token ${token} of row ${row} is not below ${vocabulary}`);
    }
  }
  for (const [row, position] of positions.entries()) {
    if (position < 0) throw new RangeError(`Position ${position} of row ${row} is negative`);
  }
  if (starts[0] !== 0)
    throw new RangeError(`The first sequence starts at row ${starts[0] ?? "none"}, not at 0`);
  checkIncreasing("Sequence start", starts, rows);
  checkIncreasing("Output row", outputRows, rows);
  checkTargets(batch, limits);
}

function checkIncreasing(what: string, values: Int32Array, rows: number): void {
  for (const [index, value] of values.entries()) {
    if (value < 0 || value >= rows) throw new RangeError(`${what} ${value} is not below ${rows}`);
    if (index > 0 && value <= values[index - 1]!) {
      throw new RangeError(`${what} ${value} comes after ${values[index - 1]}; they must increase`);
    }
  }
}

function checkTargets({ outputRows, targetIds, targetProbs }: TrainBatch, { targets }: TrainLimits): void {
  if (targetIds.length !== targetProbs.length) {
    throw new RangeError(`Batch has ${targetIds.length} targets with ${targetProbs.length} probabilities`);
  }
  if (targets === null) return;
  const outputs = outputRows.length;
  if (outputs === 0 ? targetIds.length > 0 : targetIds.length === 0 || targetIds.length % outputs !== 0) {
    throw new RangeError(
      `Batch has ${targetIds.length} targets for ${outputs} output rows; each needs as many`,
    );
  }
  for (const [index, id] of targetIds.entries()) {
    if (id < 0 || id >= targets)
      throw new RangeError(`Target ${id} at index ${index} is not below ${targets}`);
    const probability = targetProbs[index]!;
    if (!(probability >= 0 && Number.isFinite(probability))) {
      throw new RangeError(`Target probability ${probability} at index ${index} is not a number from 0 up`);
    }
  }
}
