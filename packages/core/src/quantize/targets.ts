import type { WeightFormat } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";

/** Names that `llamero quantize --to` takes. */
export type QuantizeTargetName =
  | "fp8"
  | "int8"
  | "q8_0"
  | "q6_k"
  | "q5_k"
  | "q5_k_s"
  | "q5_0"
  | "q5_1"
  | "q4_k"
  | "q4_k_s"
  | "q4_0"
  | "q4_1";

/** What a matrix is stored as. `layer` is null outside the layers. */
export type ChooseFormat = (matrix: {
  /** Hugging Face name after the layer prefix, such as mlp.down_proj.weight, or the whole name. */
  role: string;
  layer: number | null;
  config: LlamaConfig;
}) => WeightFormat;

export interface QuantizeTarget {
  container: "gguf" | "safetensors";
  choose: ChooseFormat;
  /** general.file_type of llama.cpp; null where GGUF is not written. */
  fileType: number | null;
  /** Share of perplexity that may be lost, 0.005 for half a percent. */
  maxPerplexityCost: number;
}

/** The matrix that gives the logits: of tied models it is the embedding. */
function isHead(role: string, config: LlamaConfig): boolean {
  return role === (config.tieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
}

/** Everything in one format but the head, which llama.cpp keeps in Q6_K. */
const plain =
  (format: WeightFormat, head: WeightFormat = "q6_k"): ChooseFormat =>
  ({ role, config }) =>
    isHead(role, config) ? head : format;

/** llama.cpp's use_more_bits: the first and last eighth of the layers, and every third between. */
function wantsMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

/** The _K_M mixes: value and down projections of some layers in Q6_K. */
const mixed =
  (format: WeightFormat): ChooseFormat =>
  ({ role, layer, config }) => {
    if (isHead(role, config)) return "q6_k";
    const isSensitive = role === "self_attn.v_proj.weight" || role === "mlp.down_proj.weight";
    return isSensitive && wantsMoreBits(layer!, config.numHiddenLayers) ? "q6_k" : format;
  };

/** Q4_K_S: values of the first four layers and down projections of the first eighth in Q5_K. */
const small4: ChooseFormat = ({ role, layer, config }) => {
  if (isHead(role, config)) return "q6_k";
  const isEarlyValue = role === "self_attn.v_proj.weight" && layer! < 4;
  const isEarlyDown = role === "mlp.down_proj.weight" && layer! < Math.floor(config.numHiddenLayers / 8);
  return isEarlyValue || isEarlyDown ? "q5_k" : "q4_k";
};

/** As the FP8 release of the 405B: feed-forward only, without the first and the last layer. */
const feedForward: ChooseFormat = ({ role, layer, config }) => {
  const isInside = layer !== null && layer > 0 && layer < config.numHiddenLayers - 1;
  return isInside && role.startsWith("mlp.") ? "f8_e4m3" : "bf16";
};

const gguf = (choose: ChooseFormat, fileType: number, maxPerplexityCost: number): QuantizeTarget => ({
  container: "gguf",
  choose,
  fileType,
  maxPerplexityCost,
});

const q8 = gguf(plain("q8_0", "q8_0"), 7, 0.005);

/** What each target stores. int8 is Q8_0 by another name: eight bits with a scale for each 32 weights of a row. */
export const quantizeTargets: { readonly [T in QuantizeTargetName]: QuantizeTarget } = {
  fp8: { container: "safetensors", choose: feedForward, fileType: null, maxPerplexityCost: 0.005 },
  int8: q8,
  q8_0: q8,
  q6_k: gguf(plain("q6_k"), 18, 0.01),
  q5_k: gguf(mixed("q5_k"), 17, 0.02),
  q5_k_s: gguf(plain("q5_k"), 16, 0.02),
  q5_1: gguf(plain("q5_1"), 9, 0.02),
  q5_0: gguf(plain("q5_0"), 8, 0.02),
  q4_k: gguf(mixed("q4_k"), 15, 0.05),
  q4_k_s: gguf(small4, 14, 0.06),
  q4_1: gguf(plain("q4_1"), 3, 0.1),
  q4_0: gguf(plain("q4_0"), 2, 0.1),
};

export function isQuantizeTarget(name: string): name is QuantizeTargetName {
  return Object.hasOwn(quantizeTargets, name);
}
