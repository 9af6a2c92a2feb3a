import { basename } from "node:path";
import type { LlamaConfig, RopeScaling } from "../models/config.ts";
import { checkTensors } from "./check-tensors.ts";
import type { Checkpoint, TensorInfo, TokenizerSource } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";
import type { GgufFile } from "./gguf.ts";
import { readSplitGguf } from "./gguf-split.ts";
import { checkHeads } from "./huggingface-config.ts";
import { JsonFields } from "./json-fields.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { renameTensor } from "./tensor-names.ts";

/** Control tokens of Llama 3 that end a turn; many files name only one of them in their metadata. */
const endTokens: ReadonlySet<string> = new Set(["<|end_of_text|>", "<|eot_id|>", "<|eom_id|>"]);
const CONTROL_TOKEN = 3;

function plainMetadata(file: GgufFile): Record<string, unknown> {
  return Object.fromEntries([...file.metadata].map(([key, { value }]) => [key, value]));
}

/** Stored as float32: the decimal that was meant, such as 1e-5. */
function decimal(value: number): number {
  return Number(value.toPrecision(7));
}

function readRopeScaling(fields: JsonFields, file: GgufFile, headDim: number): RopeScaling | null {
  const type = fields.raw("llama.rope.scaling.type") ?? "linear";
  if (type !== "none" && type !== "linear")
    fields.fail(`RoPE scaling ${JSON.stringify(type)} is not supported; use one of none, linear`);
  // Files of early 2023 have scale_linear instead of scaling.factor.
  const old = fields.positive("llama.rope.scale_linear", 1);
  const factor = type === "none" ? 1 : decimal(fields.positive("llama.rope.scaling.factor", old));
  const divisors = file.tensors.get("rope_freqs.weight");
  if (divisors === undefined) return factor === 1 ? null : { ropeType: "linear", factor };
  if (divisors.shape.length !== 1 || divisors.shape[0] !== headDim / 2) {
    const problem = `Shape is [${divisors.shape.join(", ")}], expected [${headDim / 2}]`;
    throw new FormatError(problem, { file: file.path, tensor: divisors.name });
  }
  const values = [...readTensorRows(divisors, 0, 1)];
  if (!values.every((value) => value > 0 && value < Infinity)) {
    throw new FormatError("Divisors are not positive", { file: file.path, tensor: divisors.name });
  }
  return { ropeType: "divisors", divisors: values.map((value) => value * factor) };
}

/** Head counts may be stored per layer; only equal ones are supported. */
function headCount(fields: JsonFields, key: string, fallback: number | null): number {
  const value = fields.raw(key);
  if (!Array.isArray(value)) return fields.count(key, fallback);
  if (value.length === 0 || value.some((count) => count !== value[0])) {
    fields.fail(`${key} differs between layers, which is not supported`);
  }
  return new JsonFields({ [key]: value[0] }, "").count(key, null);
}

function readConfig(fields: JsonFields, file: GgufFile): LlamaConfig {
  const architecture = fields.raw("general.architecture");
  if (architecture !== "llama") {
    fields.fail(`Architecture is ${JSON.stringify(architecture)}; only llama models can be run`);
  }
  if (Number(fields.raw("llama.expert_count") ?? 0) > 0)
    fields.fail("Mixture-of-experts models are not supported");
  const hiddenSize = fields.count("llama.embedding_length", null);
  const numAttentionHeads = headCount(fields, "llama.attention.head_count", null);
  const numKeyValueHeads = headCount(fields, "llama.attention.head_count_kv", numAttentionHeads);
  const headDim = fields.count("llama.attention.key_length", Math.max(1, hiddenSize / numAttentionHeads));
  for (const key of ["llama.attention.value_length", "llama.rope.dimension_count"]) {
    if (fields.count(key, headDim) !== headDim) fields.fail(`${key} differs from the head size ${headDim}`);
  }
  const embedding = file.tensors.get("token_embd.weight");
  const config: LlamaConfig = {
    hiddenSize,
    intermediateSize: fields.count("llama.feed_forward_length", null),
    numHiddenLayers: fields.count("llama.block_count", null),
    numAttentionHeads,
    numKeyValueHeads,
    headDim,
    vocabSize: fields.count("llama.vocab_size", embedding?.shape[0] ?? null),
    rmsNormEps: decimal(fields.positive("llama.attention.layer_norm_rms_epsilon", null)),
    ropeTheta: decimal(fields.positive("llama.rope.freq_base", 10000)),
    ropeScaling: readRopeScaling(fields, file, headDim),
    maxPositionEmbeddings: fields.count("llama.context_length", null),
    tieWordEmbeddings: !file.tensors.has("output.weight"),
  };
  checkHeads(config, fields);
  return config;
}

function stringArray(fields: JsonFields, key: string): readonly string[] {
  const value = fields.raw(key) ?? [];
  const isStrings = Array.isArray(value) && (value.length === 0 || typeof value[0] === "string");
  return isStrings ? value : fields.fail(`${key} is not an array of strings`);
}

function readTokenizer(fields: JsonFields, vocabSize: number): TokenizerSource | null {
  const tokens = stringArray(fields, "tokenizer.ggml.tokens");
  if (tokens.length === 0) return null;
  if (tokens.length > vocabSize) {
    fields.fail(`Tokenizer has ${tokens.length} tokens, the embedding only ${vocabSize}`);
  }
  const types = fields.raw("tokenizer.ggml.token_type") ?? tokens.map(() => 1);
  if (!Array.isArray(types) || types.length !== tokens.length || typeof types[0] !== "number") {
    fields.fail("tokenizer.ggml.token_type does not have one number per token");
  }
  const addBos = fields.raw("tokenizer.ggml.add_bos_token");
  return {
    kind: "gguf",
    model: String(fields.raw("tokenizer.ggml.model") ?? "unknown"),
    pre: String(fields.raw("tokenizer.ggml.pre") ?? "default"),
    tokens,
    tokenTypes: types,
    merges: stringArray(fields, "tokenizer.ggml.merges"),
    addBosToken: typeof addBos === "boolean" ? addBos : null,
  };
}

function readEndTokens(fields: JsonFields, tokenizer: TokenizerSource | null): number[] {
  const ids = new Set<number>();
  for (const kind of ["eos", "eot", "eom"]) {
    for (const id of fields.tokenIds(`tokenizer.ggml.${kind}_token_id`)) ids.add(id);
  }
  if (tokenizer?.kind === "gguf") {
    for (const [id, token] of tokenizer.tokens.entries()) {
      if (endTokens.has(token) && tokenizer.tokenTypes[id] === CONTROL_TOKEN) ids.add(id);
    }
  }
  return [...ids];
}

/** Opens a GGUF file as a checkpoint. */
export function openGguf(path: string): Checkpoint {
  const file = readSplitGguf(path);
  const metadata = plainMetadata(file);
  const fields = new JsonFields(metadata, path);
  const config = readConfig(fields, file);
  const tensors = new Map<string, TensorInfo>();
  for (const tensor of file.tensors.values()) {
    if (tensor.name === "rope_freqs.weight") continue;
    const name = renameTensor(tensor.name, "gguf", "hf") ?? tensor.name;
    tensors.set(name, { ...tensor, name });
  }
  checkTensors(config, tensors, path);
  const tokenizer = readTokenizer(fields, config.vocabSize);
  const chatTemplate = fields.raw("tokenizer.chat_template");
  return {
    kind: "gguf",
    path,
    sizeBytes: file.sizeBytes,
    name: String(fields.raw("general.name") ?? basename(path, ".gguf")),
    config,
    ropeLayout: "adjacent",
    tensors,
    tokenizer,
    chatTemplate: typeof chatTemplate === "string" ? chatTemplate : null,
    metadata,
    bosTokenId: fields.tokenIds("tokenizer.ggml.bos_token_id")[0] ?? null,
    eosTokenIds: readEndTokens(fields, tokenizer),
  };
}
