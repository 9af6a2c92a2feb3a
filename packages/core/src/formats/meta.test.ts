import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { weightFormats } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readTensorBytes, tensorPieces } from "./read-tensor.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { renameTensor } from "./tensor-names.ts";
import type { TestTensor } from "./test-model.ts";
import { temporaryFolder, testConfig, testTensors, writeJson } from "./test-model.ts";
import type { TorchTensor } from "./torch-fixture.ts";
import { writeTorchArchive } from "./torch-fixture.ts";

function toBfloat16(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  weightFormats.bf16.quantize(values, 0, bytes, 0, values.length);
  return bytes;
}

/** Part `index` of `count` of a tensor, split as Meta's model-parallel layers are. */
function shardOf({ name, shape, values }: TestTensor, index: number, count: number): TestTensor {
  if (shape.length === 1) return { name, shape, values };
  const [rows, cols] = shape as [number, number];
  if (!/\.(o_proj|down_proj)\.weight$/.test(name)) {
    const part = rows / count;
    const start = index * part * cols;
    return { name, shape: [part, cols], values: values.slice(start, start + part * cols) };
  }
  const part = cols / count;
  const kept = values.filter((_, i) => Math.floor((i % cols) / part) === index);
  return { name, shape: [rows, part], values: kept };
}

const params = {
  dim: 32,
  n_layers: 2,
  n_heads: 4,
  n_kv_heads: 2,
  vocab_size: 48,
  norm_eps: 1e-5,
  rope_theta: 10000,
};

/** Writes a release of `count` shards; key and value heads are repeated where there are more shards than heads. */
function writeRelease(folder: string, tensors: readonly TestTensor[], count: number, kvHeads: number): void {
  writeJson(folder, "params.json", params);
  for (let shard = 0; shard < count; shard++) {
    const parts = tensors.map((tensor): TorchTensor => {
      const isKeyValue = /\.[kv]_proj\.weight$/.test(tensor.name);
      const kvParts = Math.min(count, kvHeads);
      const part = isKeyValue
        ? shardOf(tensor, Math.floor((shard * kvParts) / count), kvParts)
        : shardOf(tensor, shard, count);
      const name = renameTensor(tensor.name, "hf", "meta")!;
      return { name, shape: part.shape, format: "bf16", bytes: toBfloat16(part.values) };
    });
    const rope: TorchTensor = { name: "rope.freqs", shape: [4], format: "bf16", bytes: new Uint8Array(8) };
    writeTorchArchive(join(folder, `consolidated.0${shard}.pth`), [...parts, rope]);
  }
}

function assertSameModel(model: Checkpoint, config: LlamaConfig, tensors: readonly TestTensor[]): void {
  assert.deepEqual(model.config, config);
  assert.equal(model.tensors.size, tensors.length);
  for (const { name, shape, values } of tensors) {
    const tensor = model.tensors.get(name)!;
    assert.deepEqual(tensor.shape, shape, name);
    const rows = shape.length === 1 ? 1 : shape[0]!;
    assert.deepEqual(readTensorRows(tensor, 0, rows), values, name);
    assert.deepEqual(readTensorRows(tensor, rows - 1, 1), values.slice(-shape.at(-1)!), name);
    // An odd piece size cuts rows and parts anywhere.
    const pieces = Buffer.concat([...tensorPieces(tensor.data, 37)]);
    assert.ok(pieces.equals(readTensorBytes(tensor.data)), name);
  }
}

// Llama 2 had no scaled RoPE and a context of 4,096; params.json says neither.
const metaTestConfig: LlamaConfig = { ...testConfig, maxPositionEmbeddings: 4096 };

for (const count of [1, 2, 4]) {
  const what =
    count === 4 ? "4 shards with duplicated key-value heads" : `${count} shard${count > 1 ? "s" : ""}`;
  test(`openCheckpoint joins a Meta release of ${what}`, (t) => {
    const folder = temporaryFolder(t);
    const tensors = testTensors(testConfig);
    writeRelease(folder, tensors, count, testConfig.numKeyValueHeads);
    const model = openCheckpoint(folder);
    assert.deepEqual([model.kind, model.ropeLayout], ["meta", "adjacent"]);
    assertSameModel(model, metaTestConfig, tensors);
    assert.equal(openCheckpoint(join(folder, "consolidated.00.pth")).tensors.size, tensors.length);
  });
}

test("openCheckpoint corrects params.json that counts duplicated key-value heads", (t) => {
  const folder = temporaryFolder(t);
  const tensors = testTensors(testConfig);
  writeRelease(folder, tensors, 4, testConfig.numKeyValueHeads);
  writeJson(folder, "params.json", { ...params, n_kv_heads: 4 });
  assertSameModel(openCheckpoint(folder), metaTestConfig, tensors);
});

test("openCheckpoint reads scaled RoPE and tied embeddings of a Meta release", (t) => {
  const folder = temporaryFolder(t);
  const config = { ...testConfig, tieWordEmbeddings: true };
  writeRelease(folder, testTensors(config), 1, 2);
  writeJson(folder, "params.json", { ...params, use_scaled_rope: true });
  const model = openCheckpoint(folder);
  assert.equal(model.config.tieWordEmbeddings, true);
  assert.equal(model.config.maxPositionEmbeddings, 131072);
  assert.deepEqual(model.config.ropeScaling, {
    ropeType: "llama3",
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositionEmbeddings: 8192,
  });
});

test("openCheckpoint names a missing shard, a missing tensor and a wrong shape of a Meta release", (t) => {
  const folder = temporaryFolder(t);
  const tensors = testTensors(testConfig);
  writeRelease(folder, tensors, 1, 2);
  writeTorchArchive(join(folder, "consolidated.02.pth"), []);
  assert.throws(() => openCheckpoint(folder), { name: "FormatError", message: /Shard 1 is missing/ });
  const partial = temporaryFolder(t);
  writeRelease(partial, tensors.slice(0, -3), 1, 2);
  const message = /Tensors are missing: model.layers.1.mlp.down_proj.weight, model.norm.weight; is/;
  assert.throws(() => openCheckpoint(partial), { name: "FormatError", message });
  const wrong = temporaryFolder(t);
  writeRelease(wrong, tensors, 1, 2);
  writeJson(wrong, "params.json", { ...params, n_kv_heads: 1 });
  assert.throws(
    () => openCheckpoint(wrong),
    /Shape is \[16, 32\], the configuration needs \[8, 32\] \(tensor/,
  );
});
