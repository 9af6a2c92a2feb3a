import assert from "node:assert/strict";
import { test } from "node:test";
import type { Op, Program } from "./kernels.ts";
import { inferShapes, lastUses } from "./program.ts";

/** One layer over 8 columns with two query heads and one KV head of 4. */
const layer: Program = {
  weights: [
    { name: "embedding", rows: 20, cols: 8 },
    { name: "norm", rows: 1, cols: 8 },
    { name: "q", rows: 8, cols: 8 },
    { name: "kv", rows: 4, cols: 8 },
  ],
  frequencies: [[1, 0.1]],
  ops: [
    { op: "embed", table: 0 },
    { op: "rmsNorm", x: 0, weight: 1, eps: 1e-5 },
    { op: "linear", x: 1, weight: 2 },
    { op: "linear", x: 1, weight: 3 },
    { op: "rope", x: 2, heads: 2, headDim: 4, layout: "halves", frequencies: 0 },
    { op: "writeKv", k: 3, v: 3, layer: 0 },
    { op: "attention", q: 4, after: 5, layer: 0, heads: 2, kvHeads: 1, headDim: 4, scale: 0.5 },
    { op: "add", a: 0, b: 6 },
    { op: "siluMul", gate: 7, up: 0 },
    { op: "selectRows", x: 8 },
    { op: "linear", x: 9, weight: 0 },
  ],
  outputs: { logits: 10, hidden: 7 },
};

test("inferShapes gives the shape of every value, also of a program that was JSON", () => {
  const shapes = inferShapes(layer);
  assert.deepEqual(
    shapes.map(([dim, cols]) => `${dim} ${cols}`),
    [
      ...["rows 8", "rows 8", "rows 8", "rows 4", "rows 8", "rows 4"],
      ...["rows 8", "rows 8", "rows 8", "outputs 8", "outputs 20"],
    ],
  );
  assert.deepEqual(JSON.parse(JSON.stringify(layer)), layer);
  assert.deepEqual(inferShapes(JSON.parse(JSON.stringify(layer)) as Program), shapes);
});

const rope = { op: "rope", x: 2, heads: 2, headDim: 4, layout: "halves", frequencies: 0 } as const;
const attention = {
  op: "attention",
  q: 4,
  after: 5,
  layer: 0,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  scale: 0.5,
} as const;

const mistakes: readonly [number, Op, RegExp][] = [
  [0, { op: "embed", table: 9 }, /^Op 0 \(embed\): there is no weight slot 9$/],
  [0, { op: "input", name: "x", shape: ["rows", 0] }, /^Op 0 \(input\): 0 columns/],
  [1, { op: "rmsNorm", x: 1, weight: 1, eps: 0 }, /^Op 1 \(rmsNorm\): value 1 is not made by an earlier op$/],
  [1, { op: "rmsNorm", x: 7, weight: 1, eps: 0 }, /^Op 1 \(rmsNorm\): value 7 is not made/],
  [1, { op: "rmsNorm", x: -1, weight: 1, eps: 0 }, /^Op 1 \(rmsNorm\): value -1 is not made/],
  [1, { op: "rmsNorm", x: 0, weight: 2, eps: 0 }, /^Op 1 \(rmsNorm\): weight q \[8, 8\] does not scale 8/],
  [1, { op: "rmsNorm", x: 0, weight: 1, eps: -1 }, /^Op 1 \(rmsNorm\): eps -1/],
  [4, { op: "linear", x: 3, weight: 2 }, /^Op 4 \(linear\): weight q \[8, 8\] does not take 4 columns$/],
  [4, { ...rope, heads: 3 }, /^Op 4 \(rope\): 3 heads of 4 do not make 8 columns$/],
  [4, { ...rope, heads: 1, headDim: 8 }, /^Op 4 \(rope\): 2 frequencies do not rotate heads of 8$/],
  [4, { ...rope, frequencies: 1 }, /^Op 4 \(rope\): there is no frequency slot 1$/],
  [5, { op: "writeKv", k: 2, v: 3, layer: 0 }, /^Op 5 \(writeKv\): shapes .* differ$/],
  [5, { op: "writeKv", k: 3, v: 3, layer: -1 }, /^Op 5 \(writeKv\): layer -1/],
  [6, { ...attention, heads: 1, headDim: 8 }, /^Op 6 \(attention\): 1 heads of 8 do not make 4 columns$/],
  [6, { ...attention, kvHeads: 2 }, /^Op 6 \(attention\): 2 heads of 4 do not make 4 columns$/],
  [6, { ...attention, scale: Number.NaN }, /^Op 6 \(attention\): scale NaN/],
  [8, { op: "siluMul", gate: 7, up: 3 }, /^Op 8 \(siluMul\): shapes .* differ$/],
  [8, { op: "add", a: 7, b: 5 }, /^Op 8 \(add\): shapes .* differ$/],
  [10, { op: "selectRows", x: 9 }, /^Op 10 \(selectRows\): value 9 is \[outputs, 8\]/],
  [10, { op: "gelu", x: 9 } as unknown as Op, /^Op 10 \(gelu\): there is no such op$/],
];

test("inferShapes names the op that does not fit, and why", () => {
  for (const [index, op, message] of mistakes) {
    const ops = layer.ops.with(index, op);
    assert.throws(() => inferShapes({ ...layer, ops }), { name: "RangeError", message });
  }
  assert.throws(() => inferShapes({ ...layer, outputs: { y: 11 } }), /Output y is value 11/);
});

test("lastUses is the last reader of a value, or the end for outputs", () => {
  assert.deepEqual(lastUses(layer), [8, 3, 4, 5, 6, 6, 7, 11, 9, 10, 11]);
});
