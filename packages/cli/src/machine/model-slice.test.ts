import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceBackend } from "@llamero/kernels";
import { tinyConfig } from "../fake-model.ts";
import { predictSpeed, scaleSpeed } from "./model-slice.ts";

test("predictSpeed runs a small model whole and gives everything back", async () => {
  await using backend = createReferenceBackend();
  const shape = { kind: "shape", config: tinyConfig, format: "f32" } as const;
  const speed = await predictSpeed(backend, shape, { kv: "f16", mode: "fast" });
  assert.ok(speed !== null && speed.generationTokensPerSecond > 0 && speed.promptTokensPerSecond > 0);
  const { numHiddenLayers: total } = tinyConfig;
  assert.deepEqual(speed.layers, { measured: total, total });
  assert.deepEqual({ ...backend.live() }, { ...createReferenceBackend().live() });
});

test("predictSpeed leaves models alone whose single layer is above a gigabyte", async () => {
  await using backend = createReferenceBackend();
  const config = { ...tinyConfig, hiddenSize: 16_384, intermediateSize: 53_248 };
  const shape = { kind: "shape", config, format: "f32" } as const;
  assert.equal(await predictSpeed(backend, shape, { kv: "f16", mode: "fast" }), null);
});

test("scaleSpeed divides generation by bytes and prompts by operations", () => {
  const speed = {
    generationTokensPerSecond: 20,
    promptTokensPerSecond: 100,
    promptTokens: 256,
    layers: { measured: 1, total: 2 },
  };
  const scaled = scaleSpeed(speed, { bytes: 4, operations: 8 });
  assert.equal(scaled.generationTokensPerSecond, 5);
  assert.equal(scaled.promptTokensPerSecond, 12.5);
});
