import type { WeightFormat } from "@llamero/kernels";
import { rowBytes } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import { inverseFrequencies } from "../models/rope.ts";
import type { Checkpoint, TensorInfo, TokenizerSource } from "./checkpoint.ts";
import type { GgufScalarType, GgufValue } from "./gguf-types.ts";
import { writeGguf } from "./gguf-writer.ts";
import { readTensorBytes } from "./read-tensor.ts";
import { renameTensor } from "./tensor-names.ts";
import type { TensorSource } from "./tensor-source.ts";
import { convertTensor, floatTensor } from "./tensor-source.ts";

export interface ExportGgufOptions {
  /** Stored format of each matrix, by Hugging Face name; vectors are always f32. */
  formatOf(tensor: TensorInfo): WeightFormat;
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

function tokenizerMetadata(source: TokenizerSource | null, checkpoint: Checkpoint): [string, GgufValue][] {
  if (source?.kind !== "gguf") return [];
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

/** Rows of q or k from halves order to the adjacent pairs of GGUF; rows move whole, whatever their format. */
function toAdjacentRows(tensor: TensorInfo, headDim: number): TensorInfo {
  const [rows, cols] = tensor.shape as [number, number];
  const size = rowBytes(tensor.format, cols);
  const source = readTensorBytes(tensor.data);
  const bytes = new Uint8Array(source.length);
  const rowScale = tensor.rowScale && new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const inHead = row % headDim;
    const from = row - inHead + (inHead % 2) * (headDim / 2) + Math.floor(inHead / 2);
    bytes.set(source.subarray(from * size, (from + 1) * size), row * size);
    if (rowScale !== undefined) rowScale[row] = tensor.rowScale![from]!;
  }
  const moved: TensorInfo = { ...tensor, data: { kind: "bytes", bytes } };
  return rowScale === undefined ? moved : { ...moved, rowScale };
}

/** Writes a checkpoint of any kind as one GGUF file, converting matrices to the wanted formats. */
export function exportGguf(checkpoint: Checkpoint, path: string, options: ExportGgufOptions): void {
  const { config, ropeLayout } = checkpoint;
  const tensors: TensorSource[] = [];
  const divisors = ropeDivisors(config);
  if (divisors !== null) {
    tensors.push(floatTensor("rope_freqs.weight", [divisors.length], Float32Array.from(divisors)));
  }
  for (const tensor of checkpoint.tensors.values()) {
    const isRotated = ropeLayout === "halves" && /\.[qk]_proj\.weight$/.test(tensor.name);
    const format = tensor.shape.length === 1 ? "f32" : options.formatOf(tensor);
    const name = renameTensor(tensor.name, "hf", "gguf") ?? tensor.name;
    const { shape } = tensor;
    const pieces = () =>
      convertTensor(isRotated ? toAdjacentRows(tensor, config.headDim) : tensor, format).pieces();
    tensors.push({ name, shape, format, pieces });
  }
  const metadata = [...llamaMetadata(checkpoint), ...tokenizerMetadata(checkpoint.tokenizer, checkpoint)];
  writeGguf(path, { metadata, tensors });
}
