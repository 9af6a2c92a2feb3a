import assert from "node:assert/strict";
import { test } from "node:test";
import { ggufContents } from "../formats/gguf-export.ts";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { recommendedSampling, samplingFields } from "./recommended-sampling.ts";

const generation = { temperature: 0.25, top_p: 0.5, top_k: 40, do_sample: true };

test("recommendedSampling reads generation_config.json and the keys of GGUF", () => {
  const expected = { temperature: 0.25, topK: 40, topP: 0.5 };
  const folder = { kind: "safetensors", metadata: { generation_config: generation } } as const;
  assert.deepEqual(recommendedSampling(folder), expected);
  const metadata = {
    "general.sampling.temp": 0.25,
    "general.sampling.top_k": 40,
    "general.sampling.top_p": 0.5,
  };
  assert.deepEqual(recommendedSampling({ kind: "gguf", metadata }), expected);
  assert.deepEqual(recommendedSampling({ kind: "gguf", metadata: {} }), {});
  assert.deepEqual(recommendedSampling({ kind: "safetensors", metadata: {} }), {});
});

test("recommendedSampling takes do_sample: false for greedy and refuses what cannot be", () => {
  const of = (config: unknown) =>
    recommendedSampling({ kind: "safetensors", metadata: { generation_config: config } });
  assert.deepEqual(of({ do_sample: false, temperature: 0.9 }), { temperature: 0 });
  assert.throws(() => of({ temperature: "hot" }), /temperature is hot; it must be a number/);
});

test("a recommendation goes into an exported GGUF file", () => {
  const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });
  const source = { ...checkpoint, metadata: { generation_config: generation } };
  const { metadata = [] } = ggufContents(source, { formatOf: () => "f32" });
  const written = Object.fromEntries([...metadata].map(([key, { value }]) => [key, value]));
  assert.deepEqual(recommendedSampling({ kind: "gguf", metadata: written }), recommendedSampling(source));
  assert.deepEqual(samplingFields({ topP: 0.5 }, "huggingFace"), [["top_p", 0.5]]);
});
