/** Names of one layer's tensors after the layer prefix, by naming scheme. */
const layerNames = [
  { hf: "input_layernorm", gguf: "attn_norm", meta: "attention_norm" },
  { hf: "self_attn.q_proj", gguf: "attn_q", meta: "attention.wq" },
  { hf: "self_attn.k_proj", gguf: "attn_k", meta: "attention.wk" },
  { hf: "self_attn.v_proj", gguf: "attn_v", meta: "attention.wv" },
  { hf: "self_attn.o_proj", gguf: "attn_output", meta: "attention.wo" },
  { hf: "post_attention_layernorm", gguf: "ffn_norm", meta: "ffn_norm" },
  { hf: "mlp.gate_proj", gguf: "ffn_gate", meta: "feed_forward.w1" },
  { hf: "mlp.up_proj", gguf: "ffn_up", meta: "feed_forward.w3" },
  { hf: "mlp.down_proj", gguf: "ffn_down", meta: "feed_forward.w2" },
] as const;

const modelNames = [
  { hf: "model.embed_tokens", gguf: "token_embd", meta: "tok_embeddings" },
  { hf: "model.norm", gguf: "output_norm", meta: "norm" },
  { hf: "lm_head", gguf: "output", meta: "output" },
] as const;

const layerPrefix = { hf: "model.layers.", gguf: "blk.", meta: "layers." } as const;

export type NamingScheme = "hf" | "gguf" | "meta";

/** Converts a tensor name between naming schemes; null when the name is not one of a Llama model. */
export function renameTensor(name: string, from: NamingScheme, to: NamingScheme): string | null {
  const model = modelNames.find((names) => `${names[from]}.weight` === name);
  if (model !== undefined) return `${model[to]}.weight`;
  const prefix = layerPrefix[from];
  if (!name.startsWith(prefix)) return null;
  const match = /^(\d{1,6})\.(.+)\.weight$/.exec(name.slice(prefix.length));
  const layer = layerNames.find((names) => names[from] === match?.[2]);
  if (match === null || layer === undefined) return null;
  return `${layerPrefix[to]}${match[1]}.${layer[to]}.weight`;
}
