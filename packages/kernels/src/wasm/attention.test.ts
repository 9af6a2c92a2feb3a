import assert from "node:assert/strict";
import { test } from "node:test";
import type { KvDtype, Program, Step } from "../kernels.ts";
import { floatToHalf, halfValues } from "../weight-formats/float.ts";
import { hasVariant } from "./assets.ts";
import { createWasmBackend } from "./backend.ts";
import { numbers } from "./tiny-program.ts";

const variants = (["base", "relaxed", "relaxed-dot"] as const).filter(hasVariant);
const [HEADS, KV_HEADS, HEAD_DIM] = [6, 2, 20] as const;
const GROUP = HEADS / KV_HEADS;
const [D, KV_D] = [HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM] as const;
const SCALE = 0.3;

const program: Program = {
  weights: [],
  frequencies: [],
  ops: [
    { op: "input", name: "q", shape: ["rows", D] },
    { op: "input", name: "k", shape: ["rows", KV_D] },
    { op: "input", name: "v", shape: ["rows", KV_D] },
    { op: "writeKv", k: 1, v: 2, layer: 1 },
    {
      op: "attention",
      q: 0,
      after: 3,
      layer: 1,
      heads: HEADS,
      kvHeads: KV_HEADS,
      headDim: HEAD_DIM,
      scale: SCALE,
    },
  ],
  outputs: { y: 4 },
};

/** Rows of one sequence. */
interface Rows {
  count: number;
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  blocks: Int32Array;
}

function makeRows(seed: number, count: number, blocks: readonly number[]): Rows {
  const [q, k, v] = [D, KV_D, KV_D].map((cols, i) => numbers(seed + i, count * cols)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { count, q, k, v, blocks: Int32Array.from(blocks) };
}

/** What the cache keeps of one head's key or value. */
function stored(values: Float32Array, dtype: KvDtype): Float32Array {
  if (dtype === "f16") return values.map((value) => halfValues[floatToHalf(value)]!);
  const scale = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 127;
  return values.map((value) => Math.round(value / scale) * scale);
}

function plainAttention({ count, q, k, v }: Rows, dtype: KvDtype): Float32Array {
  const y = new Float32Array(count * D);
  const kvHead = (all: Float32Array, token: number, head: number): Float32Array =>
    stored(all.subarray(token * KV_D + head * HEAD_DIM, token * KV_D + (head + 1) * HEAD_DIM), dtype);
  for (let row = 0; row < count; row++) {
    for (let head = 0; head < HEADS; head++) {
      const at = row * D + head * HEAD_DIM;
      const group = Math.floor(head / GROUP);
      const weights = Array.from({ length: row + 1 }, (_, token) => {
        const key = kvHead(k, token, group);
        return Math.exp(key.reduce((sum, value, d) => sum + value * q[at + d]!, 0) * SCALE);
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [token, weight] of weights.entries()) {
        for (const [d, value] of kvHead(v, token, group).entries()) y[at + d]! += (weight / total) * value;
      }
    }
  }
  return y;
}

const part = (values: Float32Array, cols: number, from: number, to: number): Float32Array =>
  values.subarray(from * cols, to * cols);

/** One step that holds rows [from, to) of each sequence. */
function stepOf(sequences: readonly { rows: Rows; from: number; to: number }[]): Step {
  const concat = (name: "q" | "k" | "v", cols: number): Float32Array =>
    Float32Array.from(sequences.flatMap(({ rows, from, to }) => [...part(rows[name], cols, from, to)]));
  let rowStart = 0;
  const parts = sequences.map(({ rows, from, to }) => {
    const sequence = { rowStart, rowCount: to - from, position: from, blocks: rows.blocks };
    rowStart += to - from;
    return sequence;
  });
  const inputs = { q: concat("q", D), k: concat("k", KV_D), v: concat("v", KV_D) };
  return { tokens: new Int32Array(rowStart), sequences: parts, outputRows: new Int32Array(0), inputs };
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual[i]! - value) < 2e-6, `value ${i}: ${actual[i]}, expected ${value}`);
  }
}

for (const variant of variants) {
  for (const dtype of ["f16", "int8"] as const) {
    test(`attention of two sequences over ${dtype} blocks equals a plain computation (${variant})`, async () => {
      await using backend = await createWasmBackend({ threads: 0, variant });
      const kv = backend.createKv({ layers: 2, kvHeads: KV_HEADS, headDim: HEAD_DIM, blocks: 6, dtype });
      const options = { weights: [], kv, maxRows: 80, maxOutputs: 1, mode: "exact" } as const;
      await using executable = backend.compile(program, options);
      const long = makeRows(1, 70, [3, 0, 5]);
      const short = makeRows(9, 33, [1, 4]);
      const plain = { long: plainAttention(long, dtype), short: plainAttention(short, dtype) };

      await executable.run(
        stepOf([
          { rows: long, from: 0, to: 50 },
          { rows: short, from: 0, to: 30 },
        ]),
      );
      assertClose(executable.read("y", 0, 50), part(plain.long, D, 0, 50));
      assertClose(executable.read("y", 50, 30), part(plain.short, D, 0, 30));
      await executable.run(
        stepOf([
          { rows: short, from: 30, to: 33 },
          { rows: long, from: 50, to: 70 },
        ]),
      );
      assertClose(executable.read("y", 0, 3), part(plain.short, D, 30, 33));
      assertClose(executable.read("y", 3, 20), part(plain.long, D, 50, 70));

      // Block 2 becomes the copy of block 1; the sequence goes on from it.
      backend.copyKvBlock(kv, 1, 2);
      const copy = { ...short, blocks: Int32Array.of(2, 4) };
      await executable.run(stepOf([{ rows: copy, from: 32, to: 33 }]));
      assertClose(executable.read("y", 0, 1), part(plain.short, D, 32, 33));
    });
  }
}
