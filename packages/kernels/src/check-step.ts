import { KV_BLOCK, type Step } from "./kernels.ts";

/** What a step must fit into. */
export interface StepLimits {
  maxRows: number;
  maxOutputs: number;
  vocabulary: number;
  /** Blocks of the KV pool; 0 without one. */
  kvBlocks: number;
}

/** Throws RangeError when a step does not fit what was compiled. */
export function checkStep(step: Step, { maxRows, maxOutputs, vocabulary, kvBlocks }: StepLimits): void {
  const { tokens, sequences, outputRows } = step;
  if (tokens.length > maxRows)
    throw new RangeError(`Step has ${tokens.length} rows, but maxRows is ${maxRows}`);
  if (outputRows.length > maxOutputs) {
    throw new RangeError(`Step has ${outputRows.length} output rows, but maxOutputs is ${maxOutputs}`);
  }
  for (const token of tokens) {
    if (token < 0 || token >= vocabulary) throw new RangeError(`Token ${token} is not below ${vocabulary}`);
  }
  for (const row of outputRows) {
    if (row < 0 || row >= tokens.length)
      throw new RangeError(`Output row ${row} is not below ${tokens.length}`);
  }
  let row = 0;
  for (const { rowStart, rowCount, position, blocks } of sequences) {
    if (rowStart !== row) throw new RangeError(`Sequence starts at row ${rowStart}, expected ${row}`);
    row += rowCount;
    if (kvBlocks > 0 && blocks.length * KV_BLOCK < position + rowCount) {
      throw new RangeError(`Sequence of ${position + rowCount} tokens has only ${blocks.length} KV blocks`);
    }
    for (const block of blocks) {
      if (kvBlocks > 0 && (block < 0 || block >= kvBlocks)) {
        throw new RangeError(`KV block ${block} is not in the pool of ${kvBlocks}`);
      }
    }
  }
  if (row !== tokens.length) throw new RangeError(`Sequences cover ${row} of ${tokens.length} rows`);
}
