import type { TrainBatch } from "@llamero/kernels";

/** Sequences side by side, each with a score at its last token. */
export function scoreBatch(sequences: readonly Int32Array[]): TrainBatch {
  const rows = sequences.reduce((sum, ids) => sum + ids.length, 0);
  const batch: TrainBatch = {
    tokens: new Int32Array(rows),
    positions: new Int32Array(rows),
    starts: new Int32Array(sequences.length),
    outputRows: new Int32Array(sequences.length),
    targetIds: new Int32Array(0),
    targetProbs: new Float32Array(0),
  };
  let row = 0;
  for (const [order, ids] of sequences.entries()) {
    batch.starts[order] = row;
    batch.tokens.set(ids, row);
    for (let i = 0; i < ids.length; i++) batch.positions[row + i] = i;
    row += ids.length;
    batch.outputRows[order] = row - 1;
  }
  return batch;
}

/** Indexes of items, in order, in groups whose sizes add up to no more than `most`. Throws RangeError for a larger one. */
export function groupBySize(sizes: readonly number[], most: number): number[][] {
  const groups: number[][] = [];
  let sum = Number.POSITIVE_INFINITY;
  for (const [index, size] of sizes.entries()) {
    if (size > most)
      throw new RangeError(`Item ${index} takes ${size} rows, and a batch holds ${most}; raise the length`);
    if (sum + size > most) {
      groups.push([]);
      sum = 0;
    }
    groups.at(-1)!.push(index);
    sum += size;
  }
  return groups;
}
