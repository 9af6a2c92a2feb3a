import type { TrainBatch } from "@llamero/kernels";
import type { TrainExample } from "./example.ts";

/** A batch with the weight of the loss of each of its output rows. */
export interface PackedBatch extends TrainBatch {
  /** [O]: as in the examples. */
  weights: Float32Array;
  /** [O]: index in the list of examples that each output row belongs to. */
  examples: Int32Array;
}

export interface PackOptions {
  /** Rows of the largest batch. */
  maxRows: number;
  /** Output rows of the largest batch; as many as rows without it. */
  maxOutputs?: number;
}

/**
 * Rows that an example takes: row i predicts `ids[i + 1]`, so what comes after the last token with a loss has none.
 */
export function rowsOf(example: TrainExample): number {
  let last = example.weights.length - 1;
  while (last > 0 && example.weights[last] === 0) last--;
  return Math.max(0, last);
}

/**
 * Packs examples into as few batches as first-fit needs, without padding: each is a sequence of its own, and rows see
 * their own sequence only. Examples stay in order within a batch. Throws RangeError for an example that does not fit
 * or that has no token with a loss.
 */
export function packExamples(examples: readonly TrainExample[], options: PackOptions): PackedBatch[] {
  const { maxRows, maxOutputs = maxRows } = options;
  const bins: { rows: number; outputs: number; members: number[] }[] = [];
  for (const [index, example] of examples.entries()) {
    const rows = rowsOf(example);
    const outputs = countOutputs(example, rows);
    if (outputs === 0)
      throw new RangeError(
        `Example ${index} of ${example.ids.length} tokens has none with a loss; leave it out`,
      );
    if (rows > maxRows || outputs > maxOutputs)
      throw new RangeError(
        `Example ${index} takes ${rows} rows and ${outputs} with a loss, and a batch holds ${maxRows} and ${maxOutputs}; cut it or raise the length`,
      );
    const fits = bins.find((bin) => bin.rows + rows <= maxRows && bin.outputs + outputs <= maxOutputs);
    const bin = fits ?? { rows: 0, outputs: 0, members: [] };
    if (fits === undefined) bins.push(bin);
    bin.rows += rows;
    bin.outputs += outputs;
    bin.members.push(index);
  }
  return bins.map(({ rows, outputs, members }) => fill(examples, members, rows, outputs));
}

function countOutputs({ weights }: TrainExample, rows: number): number {
  let count = 0;
  for (let i = 1; i <= rows; i++) if (weights[i] !== 0) count++;
  return count;
}

function fill(
  examples: readonly TrainExample[],
  members: readonly number[],
  rows: number,
  outputs: number,
): PackedBatch {
  const batch: PackedBatch = {
    tokens: new Int32Array(rows),
    positions: new Int32Array(rows),
    starts: new Int32Array(members.length),
    outputRows: new Int32Array(outputs),
    targetIds: new Int32Array(outputs),
    targetProbs: new Float32Array(outputs).fill(1),
    weights: new Float32Array(outputs),
    examples: new Int32Array(outputs),
  };
  let row = 0;
  let output = 0;
  for (const [order, member] of members.entries()) {
    const example = examples[member]!;
    batch.starts[order] = row;
    const count = rowsOf(example);
    for (let i = 0; i < count; i++, row++) {
      batch.tokens[row] = example.ids[i]!;
      batch.positions[row] = i;
      const weight = example.weights[i + 1]!;
      if (weight === 0) continue;
      batch.outputRows[output] = row;
      batch.targetIds[output] = example.ids[i + 1]!;
      batch.weights[output] = weight;
      batch.examples[output] = member;
      output++;
    }
  }
  return batch;
}
