import type { WeightFormat } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import { inverseFrequencies } from "../models/rope.ts";
import { recommendedSampling, samplingFields } from "../sample/recommended-sampling.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import type { GgufScalarType, GgufValue } from "./gguf-types.ts";
import type { WriteGgufOptions } from "./gguf-writer.ts";
import { writeGguf } from "./gguf-writer.ts";
import { withRopeLayout } from "./rope-rows.ts";
import { renameTensor } from "./tensor-names.ts";
import type { TensorSource } from "./tensor-source.ts";
import { convertTensor, floatTensor } from "./tensor-source.ts";
import type { GgufTokenizer } from "./tokenizer-export.ts";
import { toGgufTokenizer } from "./tokenizer-export.ts";

export interface ExportGgufOptions {
  /** Stored format of each matrix, by Hugging Face name; vectors are always f32. */
  formatOf(tensor: TensorInfo): WeightFormat;
  /** More metadata, after what the checkpoint says; the same key replaces. */
  metadata?: readonly (readonly [string, GgufValue])[];
}

function llamaMetadata(checkpoint: Checkpoint): [string, GgufValue][] {
  const { config } = checkpoint;
  const value = (type: GgufScalarType, scalar: number | string): GgufValue => ({ type, value: scalar });
  const entries: [string, GgufValue][] = [
    ["general.architecture", value("string", "llama")],
    ["general.name", value("string", checkpoint.name)],
    ["general.quantization_version", value("u32", 2)],
    ["llama.vocab_size", value("u32", config.vocabSize)],
    ["llama.context_length", value("u32", config.maxPositionEmbeddings)],
    ["llama.embedding_length", value("u32", config.hiddenSize)],
    ["llama.block_count", value("u32", config.numHiddenLayers)],
    ["llama.feed_forward_length", value("u32", config.intermediateSize)],
    ["llama.attention.head_count", value("u32", config.numAttentionHeads)],
    ["llama.attention.head_count_kv", value("u32", config.numKeyValueHeads)],
    ["llama.attention.key_length", value("u32", config.headDim)],
    ["llama.attention.value_length", value("u32", config.headDim)],
    ["llama.attention.layer_norm_rms_epsilon", value("f32", config.rmsNormEps)],
    ["llama.rope.dimension_count", value("u32", config.headDim)],
    ["llama.rope.freq_base", value("f32", config.ropeTheta)],
  ];
  if (config.ropeScaling?.ropeType === "linear") {
    entries.push(["llama.rope.scaling.type", value("string", "linear")]);
    entries.push(["llama.rope.scaling.factor", value("f32", config.ropeScaling.factor)]);
  }
  return entries;
}

const keptTexts = [
  "license",
  "license.name",
  "license.link",
  "author",
  "organization",
  "basename",
  "description",
];
const keptIds = ["padding", "unknown"];

/** What a source says beyond the model, such as its license. */
function keptMetadata({ metadata }: Checkpoint): [string, GgufValue][] {
  const texts = keptTexts.map((name) => `general.${name}`);
  const ids = keptIds.map((name) => `tokenizer.ggml.${name}_token_id`);
  return [
    ...texts.flatMap((key): [string, GgufValue][] => {
      const value = metadata[key];
      return typeof value === "string" ? [[key, { type: "string", value }]] : [];
    }),
    ...ids.flatMap((key): [string, GgufValue][] => {
      const value = metadata[key];
      return typeof value === "number" ? [[key, { type: "u32", value }]] : [];
    }),
  ];
}

/** The sampling that the source recommends, under the keys that llama.cpp reads. */
function samplingMetadata(checkpoint: Checkpoint): [string, GgufValue][] {
  return samplingFields(recommendedSampling(checkpoint), "gguf").map(([name, value]) => [
    `general.sampling.${name}`,
    { type: name === "top_k" ? "i32" : "f32", value },
  ]);
}

function tokenizerMetadata(source: GgufTokenizer | null, checkpoint: Checkpoint): [string, GgufValue][] {
  if (source === null) return [];
  const entries: [string, GgufValue][] = [
    ["tokenizer.ggml.model", { type: "string", value: source.model }],
    ["tokenizer.ggml.pre", { type: "string", value: source.pre }],
    ["tokenizer.ggml.tokens", { type: "array", of: "string", value: source.tokens }],
    ["tokenizer.ggml.token_type", { type: "array", of: "i32", value: source.tokenTypes }],
    ["tokenizer.ggml.merges", { type: "array", of: "string", value: source.merges }],
  ];
  if (source.addBosToken !== null) {
    entries.push(["tokenizer.ggml.add_bos_token", { type: "bool", value: source.addBosToken }]);
  }
  const ids: [string, number | null | undefined][] = [
    ["bos", checkpoint.bosTokenId],
    ["eos", checkpoint.eosTokenIds[0]],
    ["eot", checkpoint.eosTokenIds[1]],
    ["eom", checkpoint.eosTokenIds[2]],
  ];
  for (const [kind, id] of ids) {
    if (typeof id === "number") entries.push([`tokenizer.ggml.${kind}_token_id`, { type: "u32", value: id }]);
  }
  if (checkpoint.chatTemplate !== null) {
    entries.push(["tokenizer.chat_template", { type: "string", value: checkpoint.chatTemplate }]);
  }
  return entries;
}

/** Divisor of each frequency [headDim / 2], GGUF's only way to state llama3 scaling; null when not needed. */
export function ropeDivisors(
  config: Pick<LlamaConfig, "headDim" | "ropeTheta" | "ropeScaling">,
): number[] | null {
  const { headDim, ropeTheta, ropeScaling } = config;
  if (ropeScaling === null || ropeScaling.ropeType === "linear") return null;
  return inverseFrequencies(config).map((frequency, i) => ropeTheta ** ((-2 * i) / headDim) / frequency);
}

/** What exportGguf writes, for callers that write it piece by piece. */
export function ggufContents(checkpoint: Checkpoint, options: ExportGgufOptions): WriteGgufOptions {
  const { config } = checkpoint;
  const tensors: TensorSource[] = [];
  const divisors = ropeDivisors(config);
  if (divisors !== null) {
    tensors.push(floatTensor("rope_freqs.weight", [divisors.length], Float32Array.from(divisors)));
  }
  for (const tensor of checkpoint.tensors.values()) {
    const format = tensor.shape.length === 1 ? "f32" : options.formatOf(tensor);
    const name = renameTensor(tensor.name, "hf", "gguf") ?? tensor.name;
    const { shape } = tensor;
    const pieces = () => convertTensor(withRopeLayout(tensor, checkpoint, "adjacent"), format).pieces();
    tensors.push({ name, shape, format, pieces });
  }
  const tokenizer = checkpoint.tokenizer && toGgufTokenizer(checkpoint.tokenizer);
  const metadata = [
    ...llamaMetadata(checkpoint),
    ...keptMetadata(checkpoint),
    ...samplingMetadata(checkpoint),
    ...tokenizerMetadata(tokenizer, checkpoint),
    ...(options.metadata ?? []),
  ];
  return { metadata, tensors };
}

/** Writes a checkpoint of any kind as one GGUF file, converting matrices to the wanted formats. */
export function exportGguf(checkpoint: Checkpoint, path: string, options: ExportGgufOptions): void {
  writeGguf(path, ggufContents(checkpoint, options));
}
