/** A tiny random Llama and places to put it. Tests only. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { LlamaConfig } from "../models/config.ts";
import { expectedTensors } from "./check-tensors.ts";
import { writeSafetensors } from "./safetensors.ts";
import { floatTensor } from "./tensor-source.ts";

export const testConfig: LlamaConfig = {
  hiddenSize: 32,
  intermediateSize: 64,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 8,
  vocabSize: 48,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  maxPositionEmbeddings: 128,
  tieWordEmbeddings: false,
};

export interface TestTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** Uniform numbers in [0, 1) from a seed (xorshift32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Every tensor of the model under its Hugging Face name, with values that bf16 holds exactly. */
export function testTensors(config: LlamaConfig): TestTensor[] {
  const random = seededRandom(11);
  return [...expectedTensors(config)].map(([name, shape]) => {
    const count = shape.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length: count }, () => Math.floor(random() * 256 - 128) / 64);
    return { name, shape, values };
  });
}

/** config.json of the model. */
export function configJson(config: LlamaConfig): Record<string, unknown> {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    vocab_size: config.vocabSize,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    max_position_embeddings: config.maxPositionEmbeddings,
    tie_word_embeddings: config.tieWordEmbeddings,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-formats-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeJson(folder: string, name: string, value: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}

/** Writes the model as a Hugging Face folder in one file; `extra` goes into config.json. */
export function writeTestFolder(
  folder: string,
  config: LlamaConfig,
  extra: Readonly<Record<string, unknown>> = {},
): TestTensor[] {
  const tensors = testTensors(config);
  const sources = tensors.map(({ name, shape, values }) => floatTensor(name, shape, values));
  writeSafetensors(join(folder, "model.safetensors"), { tensors: sources });
  writeJson(folder, "config.json", { ...configJson(config), ...extra });
  return tensors;
}
