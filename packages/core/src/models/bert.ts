import type { Backend } from "@llamero/kernels";
import type { JsonFields } from "../formats/json-fields.ts";
import { type EncoderBody, packedRows } from "./encoder-body.ts";
import { EncoderLinears } from "./encoder-linears.ts";
import { activations, addBias, layerNorm } from "./encoder-math.ts";
import { createOutput } from "./encoder-output.ts";
import type { EncoderWeights } from "./encoder-weights.ts";
import { PackedAttention } from "./packed-attention.ts";

/** Shape of a BERT (Devlin et al. 2018). */
export interface BertConfig {
  vocabSize: number;
  hiddenSize: number;
  numLayers: number;
  numHeads: number;
  intermediateSize: number;
  maxPositions: number;
  normEps: number;
  activation: string;
}

/** Reads config.json; refuses what is not computed here. */
export function readBertConfig(fields: JsonFields): BertConfig {
  const positions = fields.raw("position_embedding_type") ?? "absolute";
  if (positions !== "absolute")
    fields.fail(`position_embedding_type ${JSON.stringify(positions)} is not supported; absolute is`);
  const activation = String(fields.raw("hidden_act") ?? "gelu");
  if (!Object.hasOwn(activations, activation))
    fields.fail(
      `hidden_act ${activation} is not supported; use one of ${Object.keys(activations).join(", ")}`,
    );
  const config = {
    vocabSize: fields.count("vocab_size", null),
    hiddenSize: fields.count("hidden_size", null),
    numLayers: fields.count("num_hidden_layers", null),
    numHeads: fields.count("num_attention_heads", null),
    intermediateSize: fields.count("intermediate_size", null),
    maxPositions: fields.count("max_position_embeddings", 512),
    normEps: fields.positive("layer_norm_eps", 1e-12),
    activation,
  };
  if (config.hiddenSize % config.numHeads !== 0)
    fields.fail(`hidden_size ${config.hiddenSize} is not a multiple of ${config.numHeads} heads`);
  return config;
}

function createLayer(config: BertConfig, weights: EncoderWeights, linears: EncoderLinears, index: number) {
  const { hiddenSize: D } = config;
  const self = `encoder.layer.${index}.attention.self.`;
  const product = (name: string, rows: number, cols: number) => ({
    input: 0,
    weight: weights.matrix(`${name}.weight`, rows, cols),
  });
  const bias = (name: string, cols: number) => weights.values(`${name}.bias`, 1, cols);
  return {
    qkv: linears.create(["query", "key", "value"].map((each) => product(self + each, D, D))),
    qkvBias: ["query", "key", "value"].map((each) => bias(self + each, D)),
    output: createOutput(config, weights, linears, index),
  };
}

/** BERT's layers: absolute positions, norms behind each block. */
export function createBert(config: BertConfig, weights: EncoderWeights, backend: Backend): EncoderBody {
  const { hiddenSize: D, vocabSize, maxPositions, numHeads } = config;
  const words = weights.table("embeddings.word_embeddings.weight", vocabSize, D);
  const positions = weights.values("embeddings.position_embeddings.weight", maxPositions, D);
  const segment = weights.firstRow("embeddings.token_type_embeddings.weight", D);
  const embeddingNorm = weights.norm("embeddings.LayerNorm", D, config.normEps);
  const linears = new EncoderLinears(backend);
  const layers = Array.from({ length: config.numLayers }, (_, i) => createLayer(config, weights, linears, i));
  const maxRows = Math.max(packedRows, maxPositions);
  const attention = new PackedAttention(backend, { heads: numHeads, headDim: D / numHeads, maxRows });

  function embed(texts: readonly (readonly number[])[]): Float32Array {
    const x_TD = new Float32Array(texts.reduce((sum, { length }) => sum + length, 0) * D);
    let row = 0;
    for (const ids of texts) {
      for (const [position, id] of ids.entries()) {
        const word = words(id);
        for (let i = 0; i < D; i++) x_TD[row + i] = word[i]! + positions[position * D + i]! + segment[i]!;
        row += D;
      }
    }
    layerNorm(x_TD, embeddingNorm);
    return x_TD;
  }

  return {
    hiddenSize: D,
    vocabSize,
    maxPositions,
    async forward(texts, signal) {
      const lengths = texts.map(({ length }) => length);
      let x_TD = embed(texts);
      const rows = x_TD.length / D;
      for (const layer of layers) {
        const [q, k, v] = await layer.qkv([x_TD], rows, signal);
        for (const [i, each] of [q!, k!, v!].entries()) addBias(each, layer.qkvBias[i]!);
        const mixed_TD = await attention.run({ q: q!, k: k!, v: v! }, lengths, signal);
        x_TD = await layer.output(mixed_TD, x_TD, signal);
      }
      return x_TD;
    },
    async [Symbol.asyncDispose]() {
      await attention[Symbol.asyncDispose]();
      await linears[Symbol.asyncDispose]();
    },
  };
}
