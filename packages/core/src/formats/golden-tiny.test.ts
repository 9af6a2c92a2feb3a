import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sharedPath } from "../testdata.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { ropeDivisors } from "./gguf-export.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readTensorRows } from "./read-tensor-rows.ts";

function values(tensor: TensorInfo): Float32Array {
  return readTensorRows(tensor, 0, tensor.shape.length === 1 ? 1 : tensor.shape[0]!);
}

/** Rows of q or k in adjacent-pair order, taken from halves order. */
function toAdjacent(rows: Float32Array, cols: number, headDim: number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let row = 0; row < rows.length / cols; row++) {
    const head = Math.floor(row / headDim) * headDim;
    const pair = Math.floor((row - head) / 2);
    const from = head + pair + ((row - head) % 2) * (headDim / 2);
    out.set(rows.subarray(from * cols, (from + 1) * cols), row * cols);
  }
  return out;
}

const paths = ["golden/tiny", "golden/tiny/meta_names.safetensors", "golden/tiny/model-f32.gguf"];

test("openCheckpoint gives the same tensors from Hugging Face, Meta-named and GGUF files", (t) => {
  const found = paths.map(sharedPath);
  if (found.some((path) => path === null)) return t.skip("needs ../shared: golden/tiny");
  const [hf, meta, gguf] = found.map((path) => openCheckpoint(path!)) as [Checkpoint, Checkpoint, Checkpoint];
  assert.deepEqual([hf.ropeLayout, meta.ropeLayout, gguf.ropeLayout], ["halves", "adjacent", "adjacent"]);
  assert.deepEqual([hf.tensors.size, meta.tensors.size, gguf.tensors.size], [21, 21, 21]);
  for (const tensor of hf.tensors.values()) {
    const isRotated = /\.[qk]_proj\.weight$/.test(tensor.name);
    const stored = values(tensor);
    const expected = isRotated ? toAdjacent(stored, 64, hf.config.headDim) : stored;
    for (const other of [meta, gguf]) {
      const same = other.tensors.get(tensor.name)!;
      assert.deepEqual(same.shape, tensor.shape);
      assert.deepEqual(values(same), expected, tensor.name);
    }
  }
  const { ropeScaling: _, ...config } = hf.config;
  assert.deepEqual(meta.config, hf.config);
  assert.ok(gguf.config.ropeScaling?.ropeType === "divisors");
  assert.deepEqual({ ...gguf.config, ropeScaling: null }, { ...config, ropeScaling: null });
  const divisors = ropeDivisors(hf.config)!;
  const stored = gguf.config.ropeScaling.divisors;
  for (const [i, divisor] of divisors.entries()) assert.ok(Math.abs(divisor - stored[i]!) < 1e-6 * divisor);
});

interface RopeCase {
  head_dim: number;
  factor: number;
  gguf_rope_freqs: number[];
}

test("ropeDivisors matches the golden rope_freqs of Llama 3.1", (t) => {
  const path = sharedPath("golden/rope.json");
  if (path === null) return t.skip("needs ../shared: golden/rope.json");
  const golden = JSON.parse(readFileSync(path, "utf8")) as { cases: Record<string, RopeCase> };
  for (const { head_dim: headDim, factor, gguf_rope_freqs: expected } of Object.values(golden.cases)) {
    const ropeScaling = {
      ropeType: "llama3",
      factor,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositionEmbeddings: 8192,
    } as const;
    const divisors = ropeDivisors({ headDim, ropeTheta: 500000, ropeScaling })!;
    for (const [i, value] of expected.entries()) assert.ok(Math.abs(divisors[i]! - value) < 1e-6 * value);
  }
});
