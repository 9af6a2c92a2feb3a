import { type Checkpoint, expectedTensors, type LlamaConfig, type TensorInfo } from "@llamero/core";
import { createRandom } from "@llamero/eval";
import type { AdapterSpec, RopeLayout } from "@llamero/kernels";

/** A model small enough for the reference backend. */
export const tinyConfig: LlamaConfig = {
  hiddenSize: 32,
  intermediateSize: 64,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 8,
  vocabSize: 64,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  maxPositionEmbeddings: 256,
  tieWordEmbeddings: false,
};

/** A checkpoint in memory with random f32 weights. Tests only. */
export function fakeCheckpoint(
  seed: number,
  ropeLayout: RopeLayout = "halves",
  config: LlamaConfig = tinyConfig,
): Checkpoint {
  const random = createRandom(seed);
  const tensors = new Map<string, TensorInfo>();
  for (const [name, shape] of expectedTensors(config)) {
    const count = shape.reduce((product, dim) => product * dim, 1);
    const size = shape.length === 1 ? 0.2 : 2 / Math.sqrt(shape.at(-1)!);
    const values = Float32Array.from(
      { length: count },
      () => (shape.length === 1 ? 1 : 0) + (random() - 0.5) * size,
    );
    tensors.set(name, {
      name,
      shape,
      format: "f32",
      data: { kind: "bytes", bytes: new Uint8Array(values.buffer) },
    });
  }
  return {
    kind: "safetensors",
    path: `fake:${seed}`,
    sizeBytes: 0,
    name: "fake",
    config,
    ropeLayout,
    tensors,
    tokenizer: null,
    chatTemplate: null,
    metadata: {},
    bosTokenId: null,
    eosTokenIds: [],
  };
}

/** An adapter of every linear of the model, large enough to move the logits. Tests only. */
export function fakeAdapter(config: LlamaConfig, seed: number, rank = 4): AdapterSpec {
  const random = createRandom(seed);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => (random() - 0.5) / 4);
  const targets = [...expectedTensors(config)].flatMap(([target, shape]) => {
    if (!target.includes("_proj")) return [];
    const [rows, cols] = shape as [number, number];
    return [{ target, rank, rows, cols, a: numbers(rank * cols), b: numbers(rows * rank), scale: 2 / rank }];
  });
  return { name: "fake", targets };
}
