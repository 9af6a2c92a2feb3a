import type { KvDtype, Program, Step, StepSequence } from "../kernels.ts";
import type { ConformanceCase } from "./case.ts";
import { randomNumbers } from "./random-data.ts";

/** Blocks of three sequences: shuffled, apart, and interleaved with each other. */
const blockTables = [
  [9, 2, 11, 0, 13, 5],
  [3, 12, 6],
  [8, 1],
] as const;
export const numKvBlocks = 14;

/**
 * Rows of each sequence in each step: prefills of which some end at and beyond the border of a block, decodes, and both
 * in one step; the last makes the first sequence long.
 */
const schedule = [
  [31, 0, 0],
  [1, 7, 0],
  [1, 33, 17],
  [1, 1, 1],
  [70, 1, 15],
  [1, 22, 1],
] as const;

/** Steps of the schedule over sequences in the shuffled blocks; `inputsOf` makes the inputs of `rows` rows. */
export function scheduledSteps(
  inputsOf: (
    rows: number,
    step: number,
  ) => { tokens?: Int32Array; inputs?: Readonly<Record<string, Float32Array>> },
): Step[] {
  const positions = [0, 0, 0];
  return schedule.map((counts, index) => {
    const sequences: StepSequence[] = [];
    let rows = 0;
    for (const [i, rowCount] of counts.entries()) {
      if (rowCount === 0) continue;
      const position = positions[i]!;
      sequences.push({ rowStart: rows, rowCount, position, blocks: Int32Array.from(blockTables[i]!) });
      positions[i] = position + rowCount;
      rows += rowCount;
    }
    const outputRows = Int32Array.from(sequences, ({ rowStart, rowCount }) => rowStart + rowCount - 1);
    return { tokens: new Int32Array(rows), sequences, outputRows, ...inputsOf(rows, index) };
  });
}

function attentionCase(heads: number, kvHeads: number, headDim: number, dtype: KvDtype): ConformanceCase {
  return {
    name: `attention of ${heads} heads over ${kvHeads} of ${headDim} in ${dtype}`,
    op: "attention",
    format: null,
    tolerance: `attention ${dtype}`,
    build() {
      const [wide, narrow] = [heads * headDim, kvHeads * headDim];
      const scale = 1 / Math.sqrt(headDim);
      const program: Program = {
        weights: [],
        frequencies: [],
        ops: [
          { op: "input", name: "q", shape: ["rows", wide] },
          { op: "input", name: "k", shape: ["rows", narrow] },
          { op: "input", name: "v", shape: ["rows", narrow] },
          { op: "writeKv", k: 1, v: 2, layer: 1 },
          { op: "attention", q: 0, after: 3, layer: 1, heads, kvHeads, headDim, scale },
        ],
        outputs: { y: 4 },
      };
      const steps = scheduledSteps((rows, step) => ({
        inputs: {
          q: randomNumbers(step, rows * wide).map((x) => 4 * x),
          k: randomNumbers(step + 10, rows * narrow).map((x) => 2 * x),
          v: randomNumbers(step + 20, rows * narrow),
        },
      }));
      const kv = { layers: 2, kvHeads, headDim, blocks: numKvBlocks, dtype };
      return { program, weights: [], kv, steps, stepsArePrefixes: false };
    },
  };
}

/** The value of writeKv is v, also where it is what the program puts out. */
const writeKvCase: ConformanceCase = {
  name: "writeKv gives v",
  op: "writeKv",
  format: null,
  tolerance: "elementwise",
  build() {
    const { program, ...rest } = attentionCase(4, 2, 16, "int8").build();
    return { ...rest, program: { ...program, outputs: { y: 3 } } };
  },
};

const headCounts = [
  [1, 1],
  [4, 2],
  [9, 3],
  [32, 8],
] as const;

/** Every grouping of heads with every head size and KV dtype. */
export const attentionCases: readonly ConformanceCase[] = [
  writeKvCase,
  ...headCounts.flatMap(([heads, kvHeads]) =>
    [16, 64, 128].flatMap((headDim) =>
      (["f16", "int8"] as const).map((dtype) => attentionCase(heads, kvHeads, headDim, dtype)),
    ),
  ),
];
