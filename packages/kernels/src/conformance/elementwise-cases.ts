import type { Op, OpName, RopeLayout, Step } from "../kernels.ts";
import { type ConformanceCase, plainStep, rowCounts } from "./case.ts";
import { randomNumbers, randomWeight } from "./random-data.ts";

const widths = [32, 64, 96, 256, 576, 1536];

/** Inputs `a` and `b` of `cols` columns as values 0 and 1, then the op as value 2; weight 0 is a vector. */
function binaryCase(op: Op & { op: OpName }, cols: number): ConformanceCase {
  return {
    name: `${op.op} [rows, ${cols}]`,
    op: op.op,
    format: null,
    tolerance: "elementwise",
    build() {
      const a = randomNumbers(cols, rowCounts.at(-1)! * cols).map((x) => 8 * x);
      const b = randomNumbers(cols + 1, a.length);
      const stepOf = (count: number): Step => {
        const inputs = { a: a.subarray(0, count * cols), b: b.subarray(0, count * cols) };
        return { ...plainStep(count, { inputs }), outputRows: selection(count) };
      };
      return {
        program: {
          weights: [{ name: "w", rows: 1, cols }],
          frequencies: [],
          ops: [
            { op: "input", name: "a", shape: ["rows", cols] },
            { op: "input", name: "b", shape: ["rows", cols] },
            op,
          ],
          outputs: { y: 2 },
        },
        weights: [randomWeight("w", "f32", 1, cols, { seed: 9 })],
        kv: null,
        steps: rowCounts.map(stepOf),
        stepsArePrefixes: op.op !== "selectRows",
      };
    },
  };
}

/** Some rows, not in order, one of them twice. */
function selection(count: number): Int32Array {
  const rows = Array.from({ length: count }, (_, i) => i).filter((i) => i % 3 !== 1);
  return Int32Array.from([...rows.reverse(), count - 1]);
}

const binaryOps: readonly Op[] = [
  // Large enough to matter beside squares of 8.
  { op: "rmsNorm", x: 0, weight: 0, eps: 0.1 },
  { op: "siluMul", gate: 0, up: 1 },
  { op: "add", a: 0, b: 1 },
  { op: "selectRows", x: 0 },
];

/** Positions up to the longest context: angles need f64, or f32 with care. */
function ropeCase(heads: number, headDim: number, layout: RopeLayout, position: number): ConformanceCase {
  const cols = heads * headDim;
  return {
    name: `rope ${heads} heads of ${headDim}, ${layout}, from position ${position}`,
    op: "rope",
    format: null,
    tolerance: "elementwise",
    build() {
      const x = randomNumbers(cols, rowCounts.at(-1)! * cols);
      const half = headDim / 2;
      return {
        program: {
          weights: [],
          frequencies: [Array.from({ length: half }, (_, i) => 500000 ** (-i / half))],
          ops: [
            { op: "input", name: "x", shape: ["rows", cols] },
            { op: "rope", x: 0, heads, headDim, layout, frequencies: 0 },
          ],
          outputs: { y: 1 },
        },
        weights: [],
        kv: null,
        steps: rowCounts.map((count) =>
          plainStep(count, { inputs: { x: x.subarray(0, count * cols) }, position }),
        ),
        stepsArePrefixes: true,
      };
    },
  };
}

/** Two sequences whose positions differ. */
const mixedRope: ConformanceCase = {
  name: "rope of two sequences",
  op: "rope",
  format: null,
  tolerance: "elementwise",
  build() {
    const { steps, ...rest } = ropeCase(2, 16, "adjacent", 3).build();
    const split = steps.map((step): Step => {
      const first = Math.ceil(step.tokens.length / 2);
      const blocks = new Int32Array(0);
      const second = step.tokens.length - first;
      const sequences = [{ rowStart: 0, rowCount: first, position: 7, blocks }];
      if (second > 0) sequences.push({ rowStart: first, rowCount: second, position: 900, blocks });
      return { ...step, sequences };
    });
    return { ...rest, steps: split, stepsArePrefixes: false };
  },
};

/** An input whose number of rows is fixed: the step does not change it. */
const fixedRows: ConformanceCase = {
  name: "add of inputs of 3 fixed rows",
  op: "input",
  format: null,
  tolerance: "elementwise",
  build: () => ({
    program: {
      weights: [],
      frequencies: [],
      ops: [
        { op: "input", name: "a", shape: [3, 32] },
        { op: "add", a: 0, b: 0 },
      ],
      outputs: { y: 1 },
    },
    weights: [],
    kv: null,
    steps: [1, 5].map((count) => plainStep(count, { inputs: { a: randomNumbers(count, 96) } })),
    stepsArePrefixes: false,
  }),
};

const heads = [
  [1, 16],
  [4, 64],
  [9, 64],
  [32, 128],
] as const;

/** Ops without matrices. */
export const elementwiseCases: readonly ConformanceCase[] = [
  ...binaryOps.flatMap((op) => widths.map((cols) => binaryCase(op, cols))),
  ...heads.flatMap(([count, dim]) => [
    ropeCase(count, dim, "adjacent", 0),
    ropeCase(count, dim, "halves", 130_900),
  ]),
  mixedRope,
  fixedRows,
];
