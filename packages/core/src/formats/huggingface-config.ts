import type { LlamaConfig, RopeScaling } from "../models/config.ts";
import type { JsonObject } from "./json-fields.ts";
import { JsonFields } from "./json-fields.ts";

/** Fails unless the head counts divide as grouped-query attention and RoPE need. */
export function checkHeads(config: LlamaConfig, fields: JsonFields): void {
  const { numAttentionHeads: heads, numKeyValueHeads: kvHeads, headDim, hiddenSize } = config;
  if (!Number.isInteger(headDim))
    fields.fail(`Hidden size ${hiddenSize} is not a multiple of ${heads} heads`);
  if (headDim % 2 !== 0) fields.fail(`Head size ${headDim} is odd, which RoPE cannot rotate`);
  if (heads % kvHeads !== 0)
    fields.fail(`${heads} attention heads are not a multiple of ${kvHeads} key-value heads`);
}

type ScalingReader = (fields: JsonFields, config: { maxPositions: number }) => RopeScaling | null;

/** RoPE scalings by the rope_type of config.json. */
const scalingReaders: Readonly<Record<string, ScalingReader>> = {
  default: () => null,
  linear: (fields) => ({ ropeType: "linear", factor: fields.positive("factor", null) }),
  llama3: (fields, { maxPositions }) => ({
    ropeType: "llama3",
    factor: fields.positive("factor", null),
    lowFreqFactor: fields.positive("low_freq_factor", 1),
    highFreqFactor: fields.positive("high_freq_factor", 4),
    originalMaxPositionEmbeddings: fields.count("original_max_position_embeddings", maxPositions),
  }),
};

function readRopeScaling(object: JsonObject | null, file: string, maxPositions: number): RopeScaling | null {
  if (object === null) return null;
  const fields = new JsonFields(object, file);
  const type = fields.raw("rope_type") ?? fields.raw("type") ?? "default";
  if (typeof type !== "string" || !Object.hasOwn(scalingReaders, type)) {
    const supported = Object.keys(scalingReaders).join(", ");
    return fields.fail(`RoPE scaling ${JSON.stringify(type)} is not supported; use one of ${supported}`);
  }
  return scalingReaders[type]!(fields, { maxPositions });
}

function checkArchitecture(fields: JsonFields): void {
  const architectures = fields.raw("architectures");
  const found = Array.isArray(architectures) ? architectures : [];
  const modelType = fields.raw("model_type");
  const isLlama = found.length > 0 ? found.includes("LlamaForCausalLM") : modelType === "llama";
  if (!isLlama) {
    const named = found.length > 0 ? found : modelType;
    fields.fail(`Architecture is ${JSON.stringify(named)}; only LlamaForCausalLM models can be run`);
  }
  const activation = fields.raw("hidden_act") ?? "silu";
  if (activation !== "silu")
    fields.fail(`hidden_act is ${JSON.stringify(activation)}; only silu is supported`);
  for (const key of ["attention_bias", "mlp_bias"]) {
    if (fields.boolean(key, false)) fields.fail(`${key} is true, which is not supported`);
  }
}

/** Reads config.json of a Llama model. Throws FormatError for other architectures and impossible sizes. */
export function readHuggingFaceConfig(json: JsonObject, file: string): LlamaConfig {
  const fields = new JsonFields(json, file);
  checkArchitecture(fields);
  const hiddenSize = fields.count("hidden_size", null);
  const numAttentionHeads = fields.count("num_attention_heads", null);
  const maxPositionEmbeddings = fields.count("max_position_embeddings", 2048);
  // transformers 5 moved rope_theta and rope_scaling into rope_parameters.
  const parameters = fields.object("rope_parameters");
  const ropeFields = new JsonFields(parameters ?? {}, file);
  const partial = ropeFields.positive("partial_rotary_factor", fields.positive("partial_rotary_factor", 1));
  if (partial !== 1) fields.fail(`partial_rotary_factor is ${partial}; only whole heads can be rotated`);
  const config: LlamaConfig = {
    hiddenSize,
    intermediateSize: fields.count("intermediate_size", null),
    numHiddenLayers: fields.count("num_hidden_layers", null),
    numAttentionHeads,
    numKeyValueHeads: fields.count("num_key_value_heads", numAttentionHeads),
    headDim:
      fields.raw("head_dim") === undefined ? hiddenSize / numAttentionHeads : fields.count("head_dim", null),
    vocabSize: fields.count("vocab_size", null),
    rmsNormEps: fields.positive("rms_norm_eps", 1e-6),
    ropeTheta: ropeFields.positive("rope_theta", fields.positive("rope_theta", 10000)),
    ropeScaling: readRopeScaling(fields.object("rope_scaling") ?? parameters, file, maxPositionEmbeddings),
    maxPositionEmbeddings,
    tieWordEmbeddings: fields.boolean("tie_word_embeddings", false),
  };
  checkHeads(config, fields);
  return config;
}
