import type { AdapterHandle, AdapterSpec, Op, Step, StepSequence } from "../kernels.ts";
import { type ConformanceCase, rowCounts } from "./case.ts";
import { randomNumbers, randomWeight } from "./random-data.ts";

/** Widths of a target and the ranks of two adapters, around vectors of 8. */
interface LoraShape {
  cols: number;
  rows: number;
  ranks: readonly [number, number];
}

const shapes: readonly LoraShape[] = [
  { cols: 32, rows: 64, ranks: [8, 16] },
  { cols: 96, rows: 40, ranks: [1, 4] },
  { cols: 576, rows: 192, ranks: [16, 5] },
  { cols: 64, rows: 20, ranks: [64, 3] },
];

/** An adapter of random numbers whose change is about as large as a base of -1 to 1. */
export function randomAdapter(
  name: string,
  target: string,
  { rank, rows, cols, seed }: { rank: number; rows: number; cols: number; seed: number },
): AdapterSpec {
  const a = randomNumbers(seed, rank * cols);
  const b = randomNumbers(seed + 1, rows * rank);
  return { name, targets: [{ target, rank, rows, cols, a, b, scale: 3 / Math.sqrt(rank * cols) }] };
}

/** Runs of rows with no adapter, the first, and the second, in turn; each a sequence of its own. */
function mixedSequences(numRows: number): StepSequence[] {
  const lengths = [1, 2, 5, 3, 9, 4];
  const sequences: StepSequence[] = [];
  for (let row = 0, i = 0; row < numRows; i++) {
    const rowCount = Math.min(lengths[i % lengths.length]!, numRows - row);
    const rest = i % 3 === 0 ? {} : { adapter: (i % 3) as AdapterHandle };
    sequences.push({ rowStart: row, rowCount, position: 0, blocks: new Int32Array(0), ...rest });
    row += rowCount;
  }
  return sequences;
}

/** Value 0 is x, value 1 the base; over a linear the base is added behind. */
function loraCase(shape: LoraShape, overLinear: boolean): ConformanceCase {
  const { cols, rows, ranks } = shape;
  const inputs: Op[] = [
    { op: "input", name: "x", shape: ["rows", cols] },
    { op: "input", name: "base", shape: ["rows", rows] },
  ];
  const lora = (base: number): Op => ({ op: "loraAdd", base, x: 0, target: "w" });
  const ops: Op[] = overLinear
    ? [...inputs, { op: "linear", x: 0, weight: 0 }, lora(2), { op: "add", a: 3, b: 1 }]
    : [...inputs, lora(1)];
  return {
    name: `loraAdd [${rows}, ${cols}] of ranks ${ranks.join(" and ")}${overLinear ? ", over a linear" : ""}`,
    op: "loraAdd",
    format: null,
    tolerance: overLinear ? "linear" : "elementwise",
    build() {
      const x = randomNumbers(cols, rowCounts.at(-1)! * cols);
      const base = randomNumbers(rows, rowCounts.at(-1)! * rows);
      const stepOf = (count: number): Step => ({
        tokens: new Int32Array(count),
        sequences: mixedSequences(count),
        outputRows: new Int32Array(0),
        inputs: { x: x.subarray(0, count * cols), base: base.subarray(0, count * rows) },
      });
      const adapters = ranks.map((rank, i) =>
        randomAdapter(`a${i}`, "w", { rank, rows, cols, seed: 40 + i }),
      );
      return {
        program: {
          weights: [{ name: "w", rows, cols }],
          frequencies: [],
          ops,
          outputs: { y: ops.length - 1 },
        },
        weights: [randomWeight("w", "f32", rows, cols, { seed: 9, size: Math.sqrt(3 / cols) })],
        kv: null,
        adapters,
        steps: rowCounts.map(stepOf),
        stepsArePrefixes: true,
      };
    },
  };
}

/** Mixed batches: rows without an adapter, and with either of two. */
export const loraCases: readonly ConformanceCase[] = shapes.flatMap((shape) => [
  loraCase(shape, false),
  loraCase(shape, true),
]);
