import { rowBytes, type WeightFormat, weightFormats } from "@llamero/kernels";
import { expectedTensors } from "../formats/check-tensors.ts";
import type { Checkpoint, TensorInfo } from "../formats/checkpoint.ts";
import type { LlamaConfig } from "./config.ts";

/** Shape small enough for the reference backend. */
export const tinyConfig: LlamaConfig = {
  hiddenSize: 32,
  intermediateSize: 64,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 8,
  vocabSize: 96,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  maxPositionEmbeddings: 512,
  tieWordEmbeddings: true,
};

/** Normally distributed numbers, the same for the same seed (mulberry32 and Box-Muller). */
function normals(seed: number, count: number): Float32Array {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Checkpoint in memory with random weights: logits spread enough for sampling to matter. Tests and benchmarks only. */
export function randomCheckpoint(
  config: LlamaConfig,
  options: { seed: number; format?: WeightFormat },
): Checkpoint {
  const { seed, format = "f32" } = options;
  const tensors = new Map<string, TensorInfo>();
  let sizeBytes = 0;
  for (const [name, shape] of expectedTensors(config)) {
    const cols = shape.at(-1)!;
    const rows = shape.length === 1 ? 1 : shape[0]!;
    const isNorm = shape.length === 1;
    const scale = name.startsWith("model.embed") ? 0.4 : 1.5 / Math.sqrt(cols);
    const values = normals(seed * 1000 + tensors.size, rows * cols);
    values.forEach((value, i) => {
      values[i] = isNorm ? 1 + value / 10 : value * scale;
    });
    const stored = isNorm ? "f32" : format;
    const bytes = new Uint8Array(rows * rowBytes(stored, cols));
    weightFormats[stored].quantize(values, 0, bytes, 0, rows * cols);
    tensors.set(name, { name, shape, format: stored, data: { kind: "bytes", bytes } });
    sizeBytes += bytes.length;
  }
  return {
    kind: "safetensors",
    path: `random:${seed}`,
    sizeBytes,
    name: "random",
    config,
    ropeLayout: "halves",
    tensors,
    tokenizer: null,
    chatTemplate: null,
    metadata: {},
    bosTokenId: null,
    eosTokenIds: [],
  };
}
