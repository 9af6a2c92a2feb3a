import type { Checkpoint } from "../formats/checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { evaluateWith, type Matrix, type OracleWeights } from "../models/evaluate-program.ts";
import { llamaProgram } from "../models/llama.ts";

/** Elements of a matrix that are dequantized at a time. */
const chunkElems = 2 ** 22;

function dot(weights: Float32Array, from: number, x: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += weights[from + i]! * x[i]!;
  return sum;
}

/**
 * Logits after each token in f64 and without a KV cache, for models whose matrices do not fit in memory as numbers:
 * rows are read from the file as they are needed. With `rows`, the logits of these tokens only, in that order.
 * Tests only.
 */
export function streamedLogits(
  checkpoint: Checkpoint,
  tokens: readonly number[],
  rows?: readonly number[],
): Matrix {
  const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout);
  const logits = program.outputs["logits"]!;
  const read = (slot: number, from: number, count: number): Float32Array =>
    readTensorRows(checkpoint.tensors.get(program.weights[slot]!.name)!, from, count);
  const weights: OracleWeights = {
    row: (slot, row) => [...read(slot, row, 1)],
    multiply(slot, x, id) {
      if (id === logits && rows !== undefined) {
        const heads = rows.map((row) => read(slot, row, 1));
        return x.map((each) => heads.map((head) => dot(head, 0, each)));
      }
      const { rows: numRows, cols } = program.weights[slot]!;
      const results: number[][] = x.map(() => []);
      const step = Math.max(1, Math.floor(chunkElems / cols));
      for (let from = 0; from < numRows; from += step) {
        const count = Math.min(step, numRows - from);
        const chunk = read(slot, from, count);
        for (let row = 0; row < count; row++) {
          for (const [at, result] of results.entries()) result.push(dot(chunk, row * cols, x[at]!));
        }
      }
      return results;
    },
  };
  return evaluateWith(program, weights, tokens)[logits]!;
}
