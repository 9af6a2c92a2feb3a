import type { LlamaConfig } from "../models/config.ts";
import type { TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";

const LISTED = 5;

/** Name and shape of every tensor of a Llama model. */
export function* expectedTensors(config: LlamaConfig): Generator<[name: string, shape: readonly number[]]> {
  const { hiddenSize, intermediateSize, vocabSize, headDim } = config;
  const queryRows = config.numAttentionHeads * headDim;
  const keyRows = config.numKeyValueHeads * headDim;
  yield ["model.embed_tokens.weight", [vocabSize, hiddenSize]];
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const prefix = `model.layers.${layer}.`;
    yield [`${prefix}input_layernorm.weight`, [hiddenSize]];
    yield [`${prefix}self_attn.q_proj.weight`, [queryRows, hiddenSize]];
    yield [`${prefix}self_attn.k_proj.weight`, [keyRows, hiddenSize]];
    yield [`${prefix}self_attn.v_proj.weight`, [keyRows, hiddenSize]];
    yield [`${prefix}self_attn.o_proj.weight`, [hiddenSize, queryRows]];
    yield [`${prefix}post_attention_layernorm.weight`, [hiddenSize]];
    yield [`${prefix}mlp.gate_proj.weight`, [intermediateSize, hiddenSize]];
    yield [`${prefix}mlp.up_proj.weight`, [intermediateSize, hiddenSize]];
    yield [`${prefix}mlp.down_proj.weight`, [hiddenSize, intermediateSize]];
  }
  yield ["model.norm.weight", [hiddenSize]];
  if (!config.tieWordEmbeddings) yield ["lm_head.weight", [vocabSize, hiddenSize]];
}

/** Throws FormatError unless the tensors are exactly those of the model, in shape and name. */
export function checkTensors(
  config: LlamaConfig,
  tensors: ReadonlyMap<string, TensorInfo>,
  file: string,
): void {
  const missing: string[] = [];
  const expected = new Set<string>();
  for (const [name, shape] of expectedTensors(config)) {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      missing.push(name);
      // A damaged layer count may promise billions.
      if (missing.length > LISTED) break;
      continue;
    }
    expected.add(name);
    const isSame = tensor.shape.length === shape.length && tensor.shape.every((dim, i) => dim === shape[i]);
    if (!isSame) {
      const problem = `Shape is [${tensor.shape.join(", ")}], the configuration needs [${shape.join(", ")}]`;
      throw new FormatError(problem, { file, tensor: name });
    }
  }
  if (missing.length > 0) {
    const listed = missing.slice(0, LISTED).join(", ");
    const more = missing.length > LISTED ? " and more" : "";
    throw new FormatError(`Tensors are missing: ${listed}${more}; is the download complete?`, { file });
  }
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name));
  if (unexpected.length > 0) {
    const listed = unexpected.slice(0, LISTED).join(", ");
    throw new FormatError(`Not a plain Llama model: it has ${unexpected.length} more tensors (${listed})`, {
      file,
    });
  }
}
