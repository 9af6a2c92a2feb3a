import type { Op } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor.ts";
import { llamaProgram } from "../models/llama.ts";

/** Elements of a matrix that are dequantized at a time. */
const chunkElems = 2 ** 22;

function dot(weights: Float32Array, from: number, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += weights[from + i]! * x[i]!;
  return sum;
}

function rotate(
  row: Float64Array,
  position: number,
  op: Op & { op: "rope" },
  frequencies: readonly number[],
) {
  const { heads, headDim, layout } = op;
  const result = new Float64Array(row.length);
  const half = headDim / 2;
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < half; i++) {
      const start = head * headDim;
      const a = layout === "halves" ? start + i : start + 2 * i;
      const b = layout === "halves" ? a + half : a + 1;
      const angle = position * frequencies[i]!;
      result[a] = row[a]! * Math.cos(angle) - row[b]! * Math.sin(angle);
      result[b] = row[a]! * Math.sin(angle) + row[b]! * Math.cos(angle);
    }
  }
  return result;
}

function attend(
  q: readonly Float64Array[],
  k: readonly Float64Array[],
  v: readonly Float64Array[],
  op: Op & { op: "attention" },
): Float64Array[] {
  const { heads, kvHeads, headDim, scale } = op;
  return q.map((query, position) => {
    const result = new Float64Array(query.length);
    for (let head = 0; head < heads; head++) {
      const start = head * headDim;
      const kvStart = Math.floor(head / (heads / kvHeads)) * headDim;
      const scores = k.slice(0, position + 1).map((key) => {
        let sum = 0;
        for (let i = 0; i < headDim; i++) sum += query[start + i]! * key[kvStart + i]!;
        return sum * scale;
      });
      const max = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - max));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      weights.forEach((weight, at) => {
        for (let i = 0; i < headDim; i++) result[start + i]! += (weight / total) * v[at]![kvStart + i]!;
      });
    }
    return result;
  });
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
): Float64Array[] {
  const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout);
  const values: Float64Array[][] = [];
  const keys: Float64Array[][] = [];
  const read = (slot: number, from: number, count: number): Float32Array =>
    readTensorRows(checkpoint.tensors.get(program.weights[slot]!.name)!, from, count);

  const multiply = (slot: number, x: readonly Float64Array[]): Float64Array[] => {
    const { rows: numRows, cols } = program.weights[slot]!;
    const results = x.map(() => new Float64Array(numRows));
    const step = Math.max(1, Math.floor(chunkElems / cols));
    for (let from = 0; from < numRows; from += step) {
      const count = Math.min(step, numRows - from);
      const weights = read(slot, from, count);
      for (let row = 0; row < count; row++) {
        for (const [at, result] of results.entries()) result[from + row] = dot(weights, row * cols, x[at]!);
      }
    }
    return results;
  };

  const evaluate = (op: Op, id: number): Float64Array[] => {
    switch (op.op) {
      case "embed":
        return tokens.map((token) => Float64Array.from(read(op.table, token, 1)));
      case "rmsNorm": {
        const weight = read(op.weight, 0, 1);
        return values[op.x]!.map((row) => {
          const square = row.reduce((sum, value) => sum + value * value, 0) / row.length;
          return row.map((value, i) => (value / Math.sqrt(square + op.eps)) * weight[i]!);
        });
      }
      case "linear": {
        const x = values[op.x]!;
        if (id !== program.outputs["logits"] || rows === undefined) return multiply(op.weight, x);
        const heads = rows.map((row) => read(op.weight, row, 1));
        return x.map((each) => Float64Array.from(heads, (weights) => dot(weights, 0, each)));
      }
      case "rope":
        return values[op.x]!.map((row, at) => rotate(row, at, op, program.frequencies[op.frequencies]!));
      case "writeKv":
        keys[op.layer] = values[op.k]!;
        return values[op.v]!;
      case "attention":
        return attend(values[op.q]!, keys[op.layer]!, values[op.after]!, op);
      case "siluMul":
        return values[op.gate]!.map((row, at) =>
          row.map((gate, i) => (gate / (1 + Math.exp(-gate))) * values[op.up]![at]![i]!),
        );
      case "add":
        return values[op.a]!.map((row, at) => row.map((value, i) => value + values[op.b]![at]![i]!));
      case "loraAdd":
        return values[op.base]!;
      case "selectRows":
        return values[op.x]!;
      case "input":
        throw new TypeError(`Input ${op.name} has no value here`);
      default:
        return op satisfies never;
    }
  };
  for (const [id, op] of program.ops.entries()) values.push(evaluate(op, id));
  return values[program.outputs["logits"]!]!;
}
