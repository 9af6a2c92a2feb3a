import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WeightFormat } from "@llamero/kernels";
import type { LlamaConfig, RopeScaling } from "../models/config.ts";
import { recommendedSampling, samplingFields } from "../sample/recommended-sampling.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { licenseReadme } from "./folder-files.ts";
import { ropeDivisors } from "./gguf-export.ts";
import { withRopeLayout } from "./rope-rows.ts";
import { safetensorsSteps, type WriteSafetensorsOptions } from "./safetensors.ts";
import type { TensorSource } from "./tensor-source.ts";
import { convertTensor } from "./tensor-source.ts";
import { tokenText, toTokenizerJson } from "./tokenizer-export.ts";

export interface HuggingFaceOptions {
  /** How one tensor is stored, its rows already in Hugging Face order; several sources for a weight with its scale. */
  sourcesOf(tensor: TensorInfo): readonly TensorSource[];
  /** dtype in config.json: what weights are that are not quantised. */
  dtype: WeightFormat;
  /** quantization_config of config.json. */
  quantization?: Readonly<Record<string, unknown>>;
  /** `__metadata__` of the safetensors file. */
  metadata?: Readonly<Record<string, string>>;
}

/** A folder to be written. */
export interface HuggingFaceContents {
  /** Small files by name. */
  files: ReadonlyMap<string, string | Uint8Array>;
  weights: WriteSafetensorsOptions;
}

/** Name of the weights file in the folder. */
export const WEIGHTS_FILE = "model.safetensors";

const torchNames: Readonly<Partial<Record<WeightFormat, string>>> = {
  f32: "float32",
  f16: "float16",
  bf16: "bfloat16",
};

/** Scalings of published models that GGUF keeps only as divisors. */
const knownScalings: readonly RopeScaling[] = [8, 32].map((factor) => ({
  ropeType: "llama3",
  factor,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 8192,
}));

function scalingOf(config: LlamaConfig): Readonly<Record<string, unknown>> | null {
  let scaling = config.ropeScaling;
  if (scaling === null) return null;
  if (scaling.ropeType === "divisors") {
    const { divisors } = scaling;
    scaling =
      knownScalings.find((known) =>
        ropeDivisors({ ...config, ropeScaling: known })!.every(
          (value, i) => Math.abs(value / divisors[i]! - 1) < 1e-4,
        ),
      ) ?? null;
    if (scaling === null) {
      throw new RangeError(
        "RoPE divisors of this GGUF are those of no published scaling, and config.json cannot hold others; keep the model in GGUF",
      );
    }
  }
  if (scaling.ropeType === "linear") return { rope_type: "linear", factor: scaling.factor };
  if (scaling.ropeType !== "llama3")
    throw new RangeError(`RoPE scaling ${scaling.ropeType} cannot be written`);
  return {
    rope_type: "llama3",
    factor: scaling.factor,
    low_freq_factor: scaling.lowFreqFactor,
    high_freq_factor: scaling.highFreqFactor,
    original_max_position_embeddings: scaling.originalMaxPositionEmbeddings,
  };
}

function configJson(checkpoint: Checkpoint, { dtype, quantization }: HuggingFaceOptions): object {
  const { config, bosTokenId, eosTokenIds } = checkpoint;
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    head_dim: config.headDim,
    vocab_size: config.vocabSize,
    hidden_act: "silu",
    attention_bias: false,
    mlp_bias: false,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    rope_scaling: scalingOf(config),
    max_position_embeddings: config.maxPositionEmbeddings,
    tie_word_embeddings: config.tieWordEmbeddings,
    bos_token_id: bosTokenId,
    eos_token_id: oneOrAll(eosTokenIds),
    torch_dtype: torchNames[dtype] ?? "bfloat16",
    ...(quantization === undefined ? {} : { quantization_config: quantization }),
  };
}

function oneOrAll(ids: readonly number[]): number | readonly number[] | null {
  return ids.length > 1 ? ids : (ids[0] ?? null);
}

function tokenizerFiles(checkpoint: Checkpoint): [string, string | Uint8Array][] {
  const { tokenizer, chatTemplate, bosTokenId, eosTokenIds, config } = checkpoint;
  if (tokenizer === null) return [];
  const bos = tokenText(tokenizer, bosTokenId);
  const eos = tokenText(tokenizer, eosTokenIds[0] ?? null);
  const description = {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: config.maxPositionEmbeddings,
    clean_up_tokenization_spaces: false,
    ...(bos === null ? {} : { bos_token: bos }),
    ...(eos === null ? {} : { eos_token: eos }),
    ...(chatTemplate === null ? {} : { chat_template: chatTemplate }),
  };
  return [
    ["tokenizer.json", toTokenizerJson(tokenizer)],
    ["tokenizer_config.json", pretty(description)],
    ...(tokenizer.kind === "tokenizer.model"
      ? ([["tokenizer.model", tokenizer.bytes]] satisfies [string, Uint8Array][])
      : []),
    ...(chatTemplate === null ? [] : ([["chat_template.jinja", chatTemplate]] satisfies [string, string][])),
  ];
}

const pretty = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** What a checkpoint of any kind is as a Hugging Face folder. */
export function huggingFaceContents(
  checkpoint: Checkpoint,
  options: HuggingFaceOptions,
): HuggingFaceContents {
  const tensors: TensorSource[] = [];
  for (const tensor of checkpoint.tensors.values()) {
    for (const { name, shape, format } of options.sourcesOf(tensor)) {
      const pieces = () =>
        options
          .sourcesOf(withRopeLayout(tensor, checkpoint, "halves"))
          .find((source) => source.name === name)!
          .pieces();
      tensors.push({ name, shape, format, pieces });
    }
  }
  const { bosTokenId, eosTokenIds, metadata } = checkpoint;
  const readme = licenseReadme(metadata);
  const generation = {
    bos_token_id: bosTokenId,
    eos_token_id: oneOrAll(eosTokenIds),
    ...Object.fromEntries(samplingFields(recommendedSampling(checkpoint), "huggingFace")),
  };
  const files = new Map<string, string | Uint8Array>([
    ["config.json", pretty(configJson(checkpoint, options))],
    ["generation_config.json", pretty(generation)],
    ...tokenizerFiles(checkpoint),
    ...(readme === null ? [] : ([["README.md", readme]] satisfies [string, string][])),
  ]);
  return { files, weights: { tensors, metadata: options.metadata ?? {} } };
}

/** Every tensor in one float format. */
export function floatSources(format: WeightFormat): HuggingFaceOptions["sourcesOf"] {
  return (tensor) => [convertTensor(tensor, format)];
}

/** Writes the folder piece by piece and yields the bytes of weights written so far; the folder may exist. */
export function* huggingFaceSteps(
  folder: string,
  { files, weights }: HuggingFaceContents,
): Generator<number, void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, contents] of files) writeFileSync(join(folder, name), contents);
  yield* safetensorsSteps(join(folder, WEIGHTS_FILE), weights);
}
