/** A small random Llama with a tokenizer of one token per byte. Tests only. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectedTensors } from "../formats/check-tensors.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { exportGguf } from "../formats/gguf-export.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { seededRandom } from "../formats/test-model.ts";
import type { LlamaConfig } from "../models/config.ts";
import { spellBytes } from "../tokenizer/byte-alphabet.ts";

const config: LlamaConfig = {
  hiddenSize: 256,
  intermediateSize: 256,
  numHiddenLayers: 3,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 64,
  vocabSize: 258,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: {
    ropeType: "llama3",
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositionEmbeddings: 8192,
  },
  maxPositionEmbeddings: 128,
  tieWordEmbeddings: false,
};

/** Text that the tests measure on. */
export const fakeText = { name: "fake", content: "Sixteen small ships sailed south, slowly. À bientôt!" };

const written = new Map<string, Uint8Array>();

/** Writes the model as GGUF into a folder and opens it; weights are f32. */
export function writeFakeModel(folder: string, change: Partial<LlamaConfig> = {}): Checkpoint {
  const path = join(folder, "fake.gguf");
  const shape = { ...config, ...change };
  // Drawing the weights takes longer than most of what is tested with them.
  const key = JSON.stringify(shape);
  const bytes = written.get(key) ?? drawModel(path, shape);
  written.set(key, bytes);
  writeFileSync(path, bytes);
  return openCheckpoint(path);
}

function drawModel(path: string, shape: LlamaConfig): Uint8Array {
  const random = seededRandom(5);
  const tensors = new Map(
    [...expectedTensors(shape)].map(([name, dims]) => {
      const count = dims.reduce((product, dim) => product * dim, 1);
      // The sum of three uniform numbers is close enough to normal.
      const values = Float32Array.from({ length: count }, () => (random() + random() + random() - 1.5) / 8);
      if (dims.length === 1) values.fill(1);
      const bytes = new Uint8Array(values.buffer);
      return [name, { name, shape: dims, format: "f32" as const, data: { kind: "bytes" as const, bytes } }];
    }),
  );
  const bytes = Array.from({ length: 256 }, (_, byte) => spellBytes(Uint8Array.of(byte)));
  const checkpoint: Checkpoint = {
    kind: "safetensors",
    path,
    sizeBytes: 0,
    name: "fake",
    config: shape,
    ropeLayout: "adjacent",
    tensors,
    tokenizer: {
      kind: "gguf",
      model: "gpt2",
      pre: "llama-bpe",
      tokens: [...bytes, "<|begin_of_text|>", "<|end_of_text|>"],
      tokenTypes: [...bytes.map(() => 1), 3, 3],
      merges: [],
      addBosToken: true,
    },
    chatTemplate: "{% for message in messages %}{{ message.content }}{% endfor %}",
    metadata: {},
    bosTokenId: 256,
    eosTokenIds: [257],
  };
  exportGguf(checkpoint, path, { formatOf: () => "f32" });
  return readFileSync(path);
}
