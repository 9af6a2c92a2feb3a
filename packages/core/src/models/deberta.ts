import type { Backend, WeightSpec } from "@llamero/kernels";
import type { JsonFields } from "../formats/json-fields.ts";
import { disentangledAttention, type HeadInputs } from "./disentangled-attention.ts";
import type { EncoderBody } from "./encoder-body.ts";
import { EncoderLinears, inMemory, type Linears } from "./encoder-linears.ts";
import { activations, addBias, layerNorm } from "./encoder-math.ts";
import { createOutput } from "./encoder-output.ts";
import type { EncoderWeights } from "./encoder-weights.ts";
import { longAttention, longText } from "./long-attention.ts";
import { relativeRows } from "./relative-positions.ts";

/** Shape of a DeBERTa v2 or v3 (He et al. 2020, 2021). */
export interface DebertaConfig {
  vocabSize: number;
  hiddenSize: number;
  numLayers: number;
  numHeads: number;
  intermediateSize: number;
  maxPositions: number;
  normEps: number;
  activation: string;
  /** Rows of the relative embeddings on each side. */
  span: number;
  buckets: number;
  maxDistance: number;
  sharesKeys: boolean;
  normsPositions: boolean;
  hasContentToPosition: boolean;
  hasPositionToContent: boolean;
  hasAbsolutePositions: boolean;
  hasSegments: boolean;
}

function readPositionTypes(fields: JsonFields): string[] {
  const value = fields.raw("pos_att_type") ?? [];
  // Some files write one string, "p2c|c2p".
  const types: unknown[] =
    typeof value === "string" ? value.split("|") : Array.isArray(value) ? value : [value];
  return types.map((type) =>
    type === "c2p" || type === "p2c"
      ? type
      : fields.fail(`pos_att_type ${JSON.stringify(type)} is not supported; c2p and p2c are`),
  );
}

/** Reads config.json; refuses what is not computed here. */
export function readDebertaConfig(fields: JsonFields): DebertaConfig {
  if (!fields.boolean("relative_attention", false))
    fields.fail("relative_attention is false, which is not supported");
  const convolution = fields.raw("conv_kernel_size") ?? 0;
  if (convolution !== 0)
    fields.fail(`conv_kernel_size ${JSON.stringify(convolution)} is not supported; 0 is`);
  const hiddenSize = fields.count("hidden_size", null);
  if ((fields.raw("embedding_size") ?? hiddenSize) !== hiddenSize)
    fields.fail("embedding_size differs from hidden_size, which is not supported");
  const activation = String(fields.raw("hidden_act") ?? "gelu");
  if (!Object.hasOwn(activations, activation))
    fields.fail(
      `hidden_act ${activation} is not supported; use one of ${Object.keys(activations).join(", ")}`,
    );
  const maxPositions = fields.count("max_position_embeddings", 512);
  const stated = Number(fields.raw("max_relative_positions") ?? -1);
  const maxDistance = stated < 1 ? maxPositions : stated;
  const buckets = Number(fields.raw("position_buckets") ?? -1);
  const types = readPositionTypes(fields);
  const numHeads = fields.count("num_attention_heads", null);
  if (hiddenSize % numHeads !== 0)
    fields.fail(`hidden_size ${hiddenSize} is not a multiple of ${numHeads} heads`);
  return {
    vocabSize: fields.count("vocab_size", null),
    hiddenSize,
    numLayers: fields.count("num_hidden_layers", null),
    numHeads,
    intermediateSize: fields.count("intermediate_size", null),
    maxPositions,
    normEps: fields.positive("layer_norm_eps", 1e-7),
    activation,
    span: buckets > 0 ? buckets : maxDistance,
    buckets,
    maxDistance,
    sharesKeys: fields.boolean("share_att_key", false),
    normsPositions: String(fields.raw("norm_rel_ebd") ?? "none")
      .split("|")
      .includes("layer_norm"),
    hasContentToPosition: types.includes("c2p"),
    hasPositionToContent: types.includes("p2c"),
    hasAbsolutePositions: fields.boolean("position_biased_input", true),
    hasSegments: Number(fields.raw("type_vocab_size") ?? 0) > 0,
  };
}

/** Columns of one head as a matrix of their own: [T, H]. */
function headOf(x: Float32Array, rows: number, cols: number, head: number, headDim: number): Float32Array {
  const result = new Float32Array(rows * headDim);
  for (let row = 0; row < rows; row++) {
    const from = row * cols + head * headDim;
    result.set(x.subarray(from, from + headDim), row * headDim);
  }
  return result;
}

interface LayerParts {
  config: DebertaConfig;
  weights: EncoderWeights;
  linears: EncoderLinears;
  /** Relative embeddings, [2 * span, D]. */
  relative: Float32Array;
}

type Layer = Awaited<ReturnType<typeof createLayer>>;

async function createLayer({ config, weights, linears, relative }: LayerParts, index: number) {
  const { hiddenSize: D, numHeads, sharesKeys } = config;
  const self = `encoder.layer.${index}.attention.self.`;
  const product = (name: string, rows: number, cols: number) => ({
    input: 0,
    weight: weights.matrix(`${name}.weight`, rows, cols),
  });
  const bias = (name: string, cols: number) => weights.values(`${name}.bias`, 1, cols);
  const qkvNames = ["query_proj", "key_proj", "value_proj"].map((each) => self + each);

  /** Position keys (or queries) of each head, as weights: they do not depend on the text. */
  async function positionWeights(shared: string, own: string): Promise<WeightSpec[]> {
    const name = self + (sharesKeys ? shared : own);
    const project = new EncoderLinears(linears.backend);
    const [values] = await project.create([product(name, D, D)])([relative], 2 * config.span);
    await project[Symbol.asyncDispose]();
    addBias(values!, bias(name, D));
    const headDim = D / numHeads;
    return Array.from({ length: numHeads }, (_, head) =>
      inMemory(`${name}.${head}`, headOf(values!, 2 * config.span, D, head, headDim), headDim),
    );
  }
  const keys = config.hasContentToPosition ? await positionWeights("key_proj", "pos_key_proj") : [];
  const queries = config.hasPositionToContent ? await positionWeights("query_proj", "pos_query_proj") : [];
  const positionProducts = [...keys, ...queries].map((weight, input) => ({ input, weight }));
  const positions: Linears | null = positionProducts.length === 0 ? null : linears.create(positionProducts);
  return {
    qkv: linears.create(qkvNames.map((each) => product(each, D, D))),
    qkvBias: qkvNames.map((each) => bias(each, D)),
    positions,
    output: createOutput(config, weights, linears, index),
  };
}

/** DeBERTa's layers: positions only as distances between a query and a key. */
export async function createDeberta(
  config: DebertaConfig,
  weights: EncoderWeights,
  backend: Backend,
): Promise<EncoderBody> {
  const { hiddenSize: D, vocabSize, maxPositions, numHeads, span } = config;
  const headDim = D / numHeads;
  const words = weights.table("embeddings.word_embeddings.weight", vocabSize, D);
  const absolute = config.hasAbsolutePositions
    ? weights.values("embeddings.position_embeddings.weight", maxPositions, D)
    : null;
  const segment = config.hasSegments
    ? weights.firstRow("embeddings.token_type_embeddings.weight", D)
    : new Float32Array(D);
  const embeddingNorm = weights.norm("embeddings.LayerNorm", D, config.normEps);
  const relative = weights.values("encoder.rel_embeddings.weight", 2 * span, D);
  if (config.normsPositions) layerNorm(relative, weights.norm("encoder.LayerNorm", D, config.normEps));
  const linears = new EncoderLinears(backend);
  const layers: Layer[] = [];
  for (let i = 0; i < config.numLayers; i++)
    layers.push(await createLayer({ config, weights, linears, relative }, i));
  const numTerms = 1 + Number(config.hasContentToPosition) + Number(config.hasPositionToContent);
  const scale = 1 / Math.sqrt(headDim * numTerms);

  function embed(texts: readonly (readonly number[])[]): Float32Array {
    const x_TD = new Float32Array(texts.reduce((sum, { length }) => sum + length, 0) * D);
    let row = 0;
    for (const ids of texts) {
      for (const [position, id] of ids.entries()) {
        const word = words(id);
        const place = absolute?.subarray(position * D, (position + 1) * D);
        for (let i = 0; i < D; i++) x_TD[row + i] = word[i]! + segment[i]! + (place?.[i] ?? 0);
        row += D;
      }
    }
    layerNorm(x_TD, embeddingNorm);
    return x_TD;
  }

  async function attend(
    layer: Layer,
    x_TD: Float32Array,
    lengths: readonly number[],
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const rows = x_TD.length / D;
    const projected = await layer.qkv([x_TD], rows, signal);
    for (const [i, each] of projected.entries()) addBias(each, layer.qkvBias[i]!);
    const heads = Array.from({ length: numHeads }, (_, i) => i);
    const [q, k, v] = projected.map((each) => heads.map((head) => headOf(each, rows, D, head, headDim)));
    const asked = [...(config.hasContentToPosition ? q! : []), ...(config.hasPositionToContent ? k! : [])];
    const byPosition = (await layer.positions?.(asked, rows, signal)) ?? [];
    const p2cFrom = config.hasContentToPosition ? numHeads : 0;
    const mixed_TD = new Float32Array(rows * D);
    let from = 0;
    for (const length of lengths) {
      const first = from;
      const part = (x: Float32Array | undefined, cols: number): Float32Array =>
        x!.subarray(first * cols, (first + length) * cols);
      const options = { length, headDim, rows: relativeRows(length, span, config), span, scale };
      const inputs = heads.map(
        (head): HeadInputs => ({
          q: part(q![head], headDim),
          k: part(k![head], headDim),
          v: part(v![head], headDim),
          contentToPosition: config.hasContentToPosition ? part(byPosition[head], 2 * span) : null,
          positionToContent: config.hasPositionToContent ? part(byPosition[p2cFrom + head], 2 * span) : null,
        }),
      );
      const results =
        length >= longText
          ? await longAttention(backend, inputs, options, signal)
          : inputs.map((each) => {
              signal?.throwIfAborted();
              return disentangledAttention(each, options);
            });
      for (const [head, result] of results.entries())
        for (let row = 0; row < length; row++)
          mixed_TD.set(
            result.subarray(row * headDim, (row + 1) * headDim),
            (first + row) * D + head * headDim,
          );
      from += length;
    }
    return mixed_TD;
  }

  return {
    hiddenSize: D,
    vocabSize,
    maxPositions,
    async forward(texts, signal) {
      const lengths = texts.map(({ length }) => length);
      let x_TD = embed(texts);
      for (const layer of layers) {
        const mixed_TD = await attend(layer, x_TD, lengths, signal);
        x_TD = await layer.output(mixed_TD, x_TD, signal);
      }
      return x_TD;
    },
    async [Symbol.asyncDispose]() {
      await linears[Symbol.asyncDispose]();
    },
  };
}
