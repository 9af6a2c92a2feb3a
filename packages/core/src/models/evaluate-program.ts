import type { AdapterSpec, Op, Program } from "@llamero/kernels";

/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

/** The weights of a program as numbers. */
export interface OracleWeights {
  row(slot: number, row: number): readonly number[];
  /** x W^T, the result of op `id`. */
  multiply(slot: number, x: Matrix, id: number): Matrix;
}

function weightsInMemory(program: Program, weightOf: (slot: number) => ArrayLike<number>): OracleWeights {
  const row = (slot: number, at: number): number[] => {
    const { cols } = program.weights[slot]!;
    return Array.prototype.slice.call(weightOf(slot), at * cols, (at + 1) * cols) as number[];
  };
  return {
    row,
    multiply(slot, x) {
      const rows = Array.from({ length: program.weights[slot]!.rows }, (_, at) => row(slot, at));
      return x.map((each) => rows.map((weights) => dot(each, weights)));
    },
  };
}

const dot = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function rotate(
  row: readonly number[],
  position: number,
  op: Op & { op: "rope" },
  freq: readonly number[],
): number[] {
  const result = [...row];
  const half = op.headDim / 2;
  for (let head = 0; head < op.heads; head++) {
    for (let i = 0; i < half; i++) {
      const start = head * op.headDim;
      const [a, b] =
        op.layout === "halves" ? [start + i, start + i + half] : [start + 2 * i, start + 2 * i + 1];
      const [cos, sin] = [Math.cos(position * freq[i]!), Math.sin(position * freq[i]!)];
      result[a!] = row[a!]! * cos - row[b!]! * sin;
      result[b!] = row[a!]! * sin + row[b!]! * cos;
    }
  }
  return result;
}

function attend(q: Matrix, k: Matrix, v: Matrix, op: Op & { op: "attention" }): number[][] {
  const { heads, kvHeads, headDim, scale } = op;
  const slice = (row: readonly number[], head: number): readonly number[] =>
    row.slice(head * headDim, (head + 1) * headDim);
  return q.map((row, position) =>
    Array.from({ length: heads }, (_, head) => {
      const kvHead = Math.floor(head / (heads / kvHeads));
      const scores = k
        .slice(0, position + 1)
        .map((keys) => scale * dot(slice(row, head), slice(keys, kvHead)));
      const max = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - max));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return Array.from({ length: headDim }, (_, i) =>
        weights.reduce((sum, weight, at) => sum + (weight / total) * slice(v[at]!, kvHead)[i]!, 0),
      );
    }).flat(),
  );
}

/** What differs from a plain run without a cache. */
export interface EvaluateOptions {
  /** Low-rank change of every row. */
  adapter?: AdapterSpec;
  /** What a KV cache makes of an element, such as rounding it to f16. */
  storeKv?: (value: number) => number;
}

/** As `evaluateWith`, with weights that fit in memory. Tests only. */
export function evaluateProgram(
  program: Program,
  weightOf: (slot: number) => ArrayLike<number>,
  tokens: readonly number[],
  options: EvaluateOptions = {},
): Matrix[] {
  return evaluateWith(program, weightsInMemory(program, weightOf), tokens, options);
}

/**
 * Every value of a program over one sequence from position 0, in f64 and without a KV cache: what backends
 * approximate. All rows are output rows. Tests only.
 */
export function evaluateWith(
  program: Program,
  weights: OracleWeights,
  tokens: readonly number[],
  options: EvaluateOptions = {},
): Matrix[] {
  const { adapter, storeKv = (value) => value } = options;
  const values: Matrix[] = [];
  const keys: Matrix[] = [];
  const evaluate = (op: Op, id: number): Matrix => {
    switch (op.op) {
      case "embed":
        return tokens.map((token) => weights.row(op.table, token));
      case "rmsNorm": {
        const weight = weights.row(op.weight, 0);
        return values[op.x]!.map((row) => {
          const scale = 1 / Math.sqrt(dot(row, row) / row.length + op.eps);
          return row.map((value, i) => value * scale * weight[i]!);
        });
      }
      case "linear":
        return weights.multiply(op.weight, values[op.x]!, id);
      case "rope":
        return values[op.x]!.map((row, at) => rotate(row, at, op, program.frequencies[op.frequencies]!));
      case "writeKv":
        keys[op.layer] = values[op.k]!.map((row) => row.map(storeKv));
        return values[op.v]!.map((row) => row.map(storeKv));
      case "attention":
        return attend(values[op.q]!, keys[op.layer]!, values[op.after]!, op);
      case "siluMul":
        return values[op.gate]!.map((row, at) =>
          row.map((gate, i) => (gate / (1 + Math.exp(-gate))) * values[op.up]![at]![i]!),
        );
      case "add":
        return values[op.a]!.map((row, at) => row.map((value, i) => value + values[op.b]![at]![i]!));
      case "loraAdd": {
        const change = adapter?.targets.find(({ target }) => target === op.target);
        if (change === undefined) return values[op.base]!;
        const { rank, rows, cols, a, b, scale } = change;
        return values[op.base]!.map((row, at) => {
          const x = values[op.x]![at]!;
          const low = Array.from({ length: rank }, (_, r) => dot(x, a.subarray(r * cols, (r + 1) * cols)));
          return Array.from({ length: rows }, (_, n) => row[n]! + scale * dot(low, b.subarray(n * rank)));
        });
      }
      case "selectRows":
        return values[op.x]!;
      case "input":
        throw new TypeError(`Input ${op.name} has no value here`);
      default:
        return op satisfies never;
    }
  };
  for (const [id, op] of program.ops.entries()) values.push(evaluate(op, id));
  return values;
}
