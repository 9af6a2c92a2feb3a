import type { Op, Program, RopeLayout, ValueId } from "@llamero/kernels";
import type { LlamaConfig } from "./config.ts";
import { inverseFrequencies } from "./rope.ts";

/** Variants of the program; the weights and the KV cache that they use are the same. */
export interface LlamaProgramOptions {
  /** Whether each linear of a layer is followed by a `loraAdd` whose target is the name of its weight; default false. */
  lora?: boolean;
  /** Whether `logits` are computed; without them only `hidden` is. Default true. */
  head?: boolean;
}

/**
 * Llama 3, 3.1, 3.2 (text), 3.3 and SmolLM2 as a program.
 * Shapes: T rows, O output rows, D hidden, H*K heads of headDim, F intermediate, V vocabulary.
 * Outputs: `logits` [O, V], and `hidden` [O, D] after the final norm.
 */
export function llamaProgram(
  config: LlamaConfig,
  ropeLayout: RopeLayout,
  options: LlamaProgramOptions = {},
): Program {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V, headDim, rmsNormEps: eps } = config;
  const heads = config.numAttentionHeads;
  const kvHeads = config.numKeyValueHeads;
  const weights: { name: string; rows: number; cols: number }[] = [];
  const ops: Op[] = [];

  const emit = (op: Op): ValueId => ops.push(op) - 1;
  const weight = (name: string, rows: number, cols: number): number =>
    weights.push({ name: `${name}.weight`, rows, cols }) - 1;
  /** Linears of one activation side by side, so that a backend can run them as one. */
  const linears = (x: ValueId, cols: number, outputs: Readonly<Record<string, number>>): ValueId[] => {
    const made = Object.entries(outputs).map(([name, rows]) => ({
      target: `${name}.weight`,
      base: emit({ op: "linear", x, weight: weight(name, rows, cols) }),
    }));
    if (options.lora !== true) return made.map(({ base }) => base);
    return made.map(({ target, base }) => emit({ op: "loraAdd", base, x, target }));
  };
  const norm = (x: ValueId, name: string): ValueId =>
    emit({ op: "rmsNorm", x, weight: weight(name, 1, D), eps });
  const rotate = (x: ValueId, count: number): ValueId =>
    emit({ op: "rope", x, heads: count, headDim, layout: ropeLayout, frequencies: 0 });

  const embedding = weight("model.embed_tokens", V, D);
  let x_TD = emit({ op: "embed", table: embedding });
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attend_TD = norm(x_TD, `${prefix}.input_layernorm`);
    const [query, key, v] = linears(attend_TD, D, {
      [`${prefix}.self_attn.q_proj`]: heads * headDim,
      [`${prefix}.self_attn.k_proj`]: kvHeads * headDim,
      [`${prefix}.self_attn.v_proj`]: kvHeads * headDim,
    }) as [ValueId, ValueId, ValueId];
    const q = rotate(query, heads);
    const k = rotate(key, kvHeads);
    const after = emit({ op: "writeKv", k, v, layer });
    const scale = 1 / Math.sqrt(headDim);
    const mixed = emit({ op: "attention", q, after, layer, heads, kvHeads, headDim, scale });
    const [o_TD] = linears(mixed, heads * headDim, { [`${prefix}.self_attn.o_proj`]: D });
    x_TD = emit({ op: "add", a: x_TD, b: o_TD! });

    const feed_TD = norm(x_TD, `${prefix}.post_attention_layernorm`);
    const [gate, up] = linears(feed_TD, D, {
      [`${prefix}.mlp.gate_proj`]: F,
      [`${prefix}.mlp.up_proj`]: F,
    }) as [ValueId, ValueId];
    const active_TF = emit({ op: "siluMul", gate, up });
    const [down_TD] = linears(active_TF, F, { [`${prefix}.mlp.down_proj`]: D });
    x_TD = emit({ op: "add", a: x_TD, b: down_TD! });
  }
  const hidden = norm(emit({ op: "selectRows", x: x_TD }), "model.norm");
  const frequencies = [inverseFrequencies(config)];
  if (options.head === false) return { weights, frequencies, ops, outputs: { hidden } };
  const head = config.tieWordEmbeddings ? embedding : weight("lm_head", V, D);
  const logits = emit({ op: "linear", x: hidden, weight: head });
  return { weights, frequencies, ops, outputs: { logits, hidden } };
}
