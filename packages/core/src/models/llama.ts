import type { Op, Program, RopeLayout, ValueId } from "@llamero/kernels";
import type { LlamaConfig } from "./config.ts";
import { inverseFrequencies } from "./rope.ts";

/**
 * Llama 3, 3.1, 3.2 (text), 3.3 and SmolLM2 as a program.
 * Shapes: T rows, O output rows, D hidden, H*K heads of headDim, F intermediate, V vocabulary.
 * Outputs: `logits` [O, V], and `hidden` [O, D] after the final norm.
 */
export function llamaProgram(config: LlamaConfig, ropeLayout: RopeLayout): Program {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V, headDim, rmsNormEps: eps } = config;
  const heads = config.numAttentionHeads;
  const kvHeads = config.numKeyValueHeads;
  const weights: { name: string; rows: number; cols: number }[] = [];
  const ops: Op[] = [];

  const emit = (op: Op): ValueId => ops.push(op) - 1;
  const weight = (name: string, rows: number, cols: number): number =>
    weights.push({ name: `${name}.weight`, rows, cols }) - 1;
  const linear = (x: ValueId, name: string, rows: number, cols: number): ValueId =>
    emit({ op: "linear", x, weight: weight(name, rows, cols) });
  const norm = (x: ValueId, name: string): ValueId =>
    emit({ op: "rmsNorm", x, weight: weight(name, 1, D), eps });
  const rotate = (x: ValueId, count: number): ValueId =>
    emit({ op: "rope", x, heads: count, headDim, layout: ropeLayout, frequencies: 0 });

  const embedding = weight("model.embed_tokens", V, D);
  let x_TD = emit({ op: "embed", table: embedding });
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attend_TD = norm(x_TD, `${prefix}.input_layernorm`);
    const q = rotate(linear(attend_TD, `${prefix}.self_attn.q_proj`, heads * headDim, D), heads);
    const k = rotate(linear(attend_TD, `${prefix}.self_attn.k_proj`, kvHeads * headDim, D), kvHeads);
    const v = linear(attend_TD, `${prefix}.self_attn.v_proj`, kvHeads * headDim, D);
    const after = emit({ op: "writeKv", k, v, layer });
    const scale = 1 / Math.sqrt(headDim);
    const mixed = emit({ op: "attention", q, after, layer, heads, kvHeads, headDim, scale });
    const o_TD = linear(mixed, `${prefix}.self_attn.o_proj`, D, heads * headDim);
    x_TD = emit({ op: "add", a: x_TD, b: o_TD });

    const feed_TD = norm(x_TD, `${prefix}.post_attention_layernorm`);
    const gate_TF = linear(feed_TD, `${prefix}.mlp.gate_proj`, F, D);
    const up_TF = linear(feed_TD, `${prefix}.mlp.up_proj`, F, D);
    const active_TF = emit({ op: "siluMul", gate: gate_TF, up: up_TF });
    const down_TD = linear(active_TF, `${prefix}.mlp.down_proj`, D, F);
    x_TD = emit({ op: "add", a: x_TD, b: down_TD });
  }
  const hidden = norm(emit({ op: "selectRows", x: x_TD }), "model.norm");
  const head = config.tieWordEmbeddings ? embedding : weight("lm_head", V, D);
  const logits = emit({ op: "linear", x: hidden, weight: head });
  return { weights, frequencies: [inverseFrequencies(config)], ops, outputs: { logits, hidden } };
}
