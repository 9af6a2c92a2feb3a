import { expectedTensors, type GgufValue, type LlamaConfig } from "@llamero/core";

interface TinyTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** Shape of the tiny model. */
export const tinyConfig: LlamaConfig = {
  hiddenSize: 32,
  intermediateSize: 64,
  numHiddenLayers: 1,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 8,
  vocabSize: 257,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  maxPositionEmbeddings: 64,
  tieWordEmbeddings: true,
};

/** GPT-2's spelling of each byte, and a token that ends the text. */
function byteTokens(): string[] {
  let next = 256;
  const isPrintable = (byte: number): boolean =>
    (byte > 32 && byte < 127) || (byte > 160 && byte < 256 && byte !== 173);
  const bytes = Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isPrintable(byte) ? byte : next++),
  );
  return [...bytes, "<|end_of_text|>"];
}

/** Metadata of the tiny model, with a tokenizer of one token per byte. */
export function tinyMetadata(architecture: string): [string, GgufValue][] {
  const text = (value: string): GgufValue => ({ type: "string", value });
  const count = (value: number): GgufValue => ({ type: "u32", value });
  const tokens = byteTokens();
  return [
    ["general.architecture", text(architecture)],
    ["general.name", text("tiny")],
    [`${architecture}.context_length`, count(tinyConfig.maxPositionEmbeddings)],
    [`${architecture}.embedding_length`, count(tinyConfig.hiddenSize)],
    [`${architecture}.block_count`, count(tinyConfig.numHiddenLayers)],
    [`${architecture}.feed_forward_length`, count(tinyConfig.intermediateSize)],
    [`${architecture}.attention.head_count`, count(tinyConfig.numAttentionHeads)],
    [`${architecture}.attention.head_count_kv`, count(tinyConfig.numKeyValueHeads)],
    [`${architecture}.attention.layer_norm_rms_epsilon`, { type: "f32", value: tinyConfig.rmsNormEps }],
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text("llama-bpe")],
    ["tokenizer.ggml.tokens", { type: "array", of: "string", value: tokens }],
    [
      "tokenizer.ggml.token_type",
      { type: "array", of: "i32", value: tokens.map((_, i) => (i < 256 ? 1 : 3)) },
    ],
    ["tokenizer.ggml.merges", { type: "array", of: "string", value: [] }],
    ["tokenizer.ggml.eos_token_id", count(256)],
  ];
}

/** Weights of the tiny model, in the names of Hugging Face. */
export const tinyTensors: readonly TinyTensor[] = [...expectedTensors(tinyConfig)].map(([name, shape]) => {
  const values = Float32Array.from(
    { length: shape.reduce((product, dim) => product * dim, 1) },
    (_, i) => Math.sin(i * 12.9898) / 4,
  );
  return { name, shape, values };
});
