import type { LlamaConfig, RopeScaling } from "../models/config.ts";
import type { TensorInfo } from "./checkpoint.ts";
import { checkHeads } from "./huggingface-config.ts";
import type { JsonObject } from "./json-fields.ts";
import { JsonFields } from "./json-fields.ts";

/**
 * params.json says only that RoPE is scaled. The 3.2 1B and 3B models use factor 32, all others 8
 * (Meta's own code has 8 everywhere; the released configurations for transformers have 32).
 */
const scaledBy32 = [
  { dim: 2048, layers: 16 },
  { dim: 3072, layers: 28 },
];

function readRopeScaling(fields: JsonFields, dim: number, layers: number): RopeScaling | null {
  if (!fields.boolean("use_scaled_rope", false)) return null;
  const isSmall = scaledBy32.some((model) => model.dim === dim && model.layers === layers);
  return {
    ropeType: "llama3",
    factor: fields.positive("rope_scaling_factor", isSmall ? 32 : 8),
    lowFreqFactor: 1,
    highFreqFactor: fields.positive("rope_high_freq_factor", 4),
    originalMaxPositionEmbeddings: 8192,
  };
}

/** Context lengths of the releases, which params.json does not state. */
function maxPositions(isScaled: boolean, ropeTheta: number): number {
  if (isScaled) return 131072;
  return ropeTheta >= 500000 ? 8192 : 4096;
}

/** Configuration of a Meta release; widths that params.json leaves to formulas are taken from the tensors. */
export function metaConfig(
  params: JsonObject,
  file: string,
  tensors: ReadonlyMap<string, TensorInfo>,
): LlamaConfig {
  const fields = new JsonFields(params, file);
  const hiddenSize = fields.count("dim", null);
  const numHiddenLayers = fields.count("n_layers", null);
  const numAttentionHeads = fields.count("n_heads", null);
  const gate = tensors.get("model.layers.0.mlp.gate_proj.weight");
  const embedding = tensors.get("model.embed_tokens.weight");
  if (gate === undefined || embedding === undefined) {
    return fields.fail("The weights beside it lack the embedding or layer 0");
  }
  const ropeTheta = fields.positive("rope_theta", 10000);
  const ropeScaling = readRopeScaling(fields, hiddenSize, numHiddenLayers);
  const config: LlamaConfig = {
    hiddenSize,
    intermediateSize: gate.shape[0] ?? 0,
    numHiddenLayers,
    numAttentionHeads,
    numKeyValueHeads: fields.count("n_kv_heads", numAttentionHeads),
    headDim: hiddenSize / numAttentionHeads,
    vocabSize: embedding.shape[0] ?? 0,
    rmsNormEps: fields.positive("norm_eps", 1e-5),
    ropeTheta,
    ropeScaling,
    maxPositionEmbeddings: maxPositions(ropeScaling !== null, ropeTheta),
    tieWordEmbeddings: !tensors.has("lm_head.weight"),
  };
  checkHeads(config, fields);
  return config;
}

/** Begin and end tokens of the Llama 3 vocabulary; unknown for any other. */
export function metaTokenIds(vocabSize: number): {
  bosTokenId: number | null;
  eosTokenIds: readonly number[];
} {
  if (vocabSize !== 128256) return { bosTokenId: null, eosTokenIds: [] };
  return { bosTokenId: 128000, eosTokenIds: [128001, 128008, 128009] };
}
