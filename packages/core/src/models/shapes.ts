import type { LlamaConfig, RopeScaling } from "./config.ts";

const llama3Scaling = (factor: number): RopeScaling => ({
  ropeType: "llama3",
  factor,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 8192,
});

const llama3_8b: LlamaConfig = {
  hiddenSize: 4096,
  intermediateSize: 14336,
  numHiddenLayers: 32,
  numAttentionHeads: 32,
  numKeyValueHeads: 8,
  headDim: 128,
  vocabSize: 128256,
  rmsNormEps: 1e-5,
  ropeTheta: 500000,
  ropeScaling: null,
  maxPositionEmbeddings: 8192,
  tieWordEmbeddings: false,
};
const llama3_70b: LlamaConfig = {
  ...llama3_8b,
  hiddenSize: 8192,
  intermediateSize: 28672,
  numHiddenLayers: 80,
  numAttentionHeads: 64,
};
const long = { ropeScaling: llama3Scaling(8), maxPositionEmbeddings: 131072 };
const llama32_1b: LlamaConfig = {
  ...llama3_8b,
  hiddenSize: 2048,
  intermediateSize: 8192,
  numHiddenLayers: 16,
  headDim: 64,
  ropeScaling: llama3Scaling(32),
  maxPositionEmbeddings: 131072,
  tieWordEmbeddings: true,
};
const smollm2_135m: LlamaConfig = {
  hiddenSize: 576,
  intermediateSize: 1536,
  numHiddenLayers: 30,
  numAttentionHeads: 9,
  numKeyValueHeads: 3,
  headDim: 64,
  vocabSize: 49152,
  rmsNormEps: 1e-5,
  ropeTheta: 100000,
  ropeScaling: null,
  maxPositionEmbeddings: 8192,
  tieWordEmbeddings: true,
};

/** Name of a row of `modelShapes`. */
export type ModelShapeName =
  | `llama3:${"8b" | "70b"}`
  | `llama3.1:${"8b" | "70b" | "405b"}`
  | `llama3.2:${"1b" | "3b"}`
  | "llama3.3:70b"
  | `llama-guard3:${"1b" | "8b"}`
  | `smollm2:${"135m" | "360m" | "1.7b"}`;

/** Shapes of the published models, by `family:size`. Source: llama-models sku_list.py and the models' config.json. */
export const modelShapes: { readonly [N in ModelShapeName]: LlamaConfig } = {
  "llama3:8b": llama3_8b,
  "llama3:70b": llama3_70b,
  "llama3.1:8b": { ...llama3_8b, ...long },
  "llama3.1:70b": { ...llama3_70b, ...long },
  "llama3.1:405b": {
    ...llama3_8b,
    ...long,
    hiddenSize: 16384,
    intermediateSize: 53248,
    numHiddenLayers: 126,
    numAttentionHeads: 128,
  },
  "llama3.2:1b": llama32_1b,
  "llama3.2:3b": {
    ...llama32_1b,
    hiddenSize: 3072,
    numHiddenLayers: 28,
    numAttentionHeads: 24,
    headDim: 128,
  },
  "llama3.3:70b": { ...llama3_70b, ...long },
  "llama-guard3:1b": llama32_1b,
  "llama-guard3:8b": { ...llama3_8b, ...long },
  "smollm2:135m": smollm2_135m,
  "smollm2:360m": {
    ...smollm2_135m,
    hiddenSize: 960,
    intermediateSize: 2560,
    numHiddenLayers: 32,
    numAttentionHeads: 15,
    numKeyValueHeads: 5,
  },
  "smollm2:1.7b": {
    ...smollm2_135m,
    hiddenSize: 2048,
    intermediateSize: 8192,
    numHiddenLayers: 24,
    numAttentionHeads: 32,
    numKeyValueHeads: 32,
    ropeTheta: 130000,
  },
};

/** True for the name of a row of `modelShapes`. */
export function isModelShapeName(name: string): name is ModelShapeName {
  return Object.hasOwn(modelShapes, name);
}

/** Exact number of parameters; a tied head counts once. */
export function countParameters(config: LlamaConfig): number {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V, headDim } = config;
  const queries = config.numAttentionHeads * headDim;
  const keys = config.numKeyValueHeads * headDim;
  const perLayer = 2 * D * queries + 2 * D * keys + 3 * D * F + 2 * D;
  return V * D * (config.tieWordEmbeddings ? 1 : 2) + config.numHiddenLayers * perLayer + D;
}
