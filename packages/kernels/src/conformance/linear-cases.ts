import type { Program, WeightFormat } from "../kernels.ts";
import { weightFormats } from "../weight-formats/table.ts";
import { type ConformanceCase, plainStep, rowCounts } from "./case.ts";
import { randomIntegers, randomNumbers, randomWeight } from "./random-data.ts";

/** [N, K] around the borders of groups of 16 rows and of blocks of 32 and 256 columns. */
const linearShapes = [
  [15, 32],
  [16, 64],
  [17, 96],
  [320, 256],
  [1, 256],
  [17, 576],
  [16, 1536],
] as const;

const embedShapes = [
  [17, 32],
  [40, 96],
  [33, 256],
  [16, 1536],
] as const;

const formats = Object.keys(weightFormats) as WeightFormat[];

const fits = (format: WeightFormat, cols: number): boolean => cols % weightFormats[format].blockElems === 0;

function linearCase(format: WeightFormat, rows: number, cols: number): ConformanceCase {
  return {
    name: `linear ${format} [${rows}, ${cols}]`,
    op: "linear",
    format,
    tolerance: "linear",
    build() {
      const x = randomNumbers(cols, rowCounts.at(-1)! * cols);
      const program: Program = {
        weights: [{ name: "w", rows, cols }],
        frequencies: [],
        ops: [
          { op: "input", name: "x", shape: ["rows", cols] },
          { op: "linear", x: 0, weight: 0 },
        ],
        outputs: { y: 1 },
      };
      return {
        program,
        weights: [randomWeight("w", format, rows, cols, { seed: rows * 7 + cols })],
        kv: null,
        steps: rowCounts.map((count) => plainStep(count, { inputs: { x: x.subarray(0, count * cols) } })),
        stepsArePrefixes: true,
      };
    },
  };
}

function embedCase(format: WeightFormat, rows: number, cols: number): ConformanceCase {
  return {
    name: `embed ${format} [${rows}, ${cols}]`,
    op: "embed",
    format,
    tolerance: "embed",
    build() {
      const tokens = randomIntegers(rows, rowCounts.at(-1)!, rows);
      tokens.set([0, rows - 1]);
      return {
        program: {
          weights: [{ name: "w", rows, cols }],
          frequencies: [],
          ops: [{ op: "embed", table: 0 }],
          outputs: { y: 0 },
        },
        weights: [randomWeight("w", format, rows, cols, { seed: rows * 5 + cols })],
        kv: null,
        steps: rowCounts.map((count) => ({ ...plainStep(count, {}), tokens: tokens.slice(0, count) })),
        stepsArePrefixes: true,
      };
    },
  };
}

/** Products with and lookups in every weight format. */
export const linearCases: readonly ConformanceCase[] = formats.flatMap((format) => [
  ...linearShapes.filter(([, cols]) => fits(format, cols)).map(([n, k]) => linearCase(format, n, k)),
  ...embedShapes.filter(([, cols]) => fits(format, cols)).map(([v, d]) => embedCase(format, v, d)),
]);
