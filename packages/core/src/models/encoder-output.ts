import type { EncoderLinears } from "./encoder-linears.ts";
import { activations, addAndNorm, addBias } from "./encoder-math.ts";
import type { EncoderWeights } from "./encoder-weights.ts";

/** Shape of the part of an encoder layer behind its attention. */
export interface OutputShape {
  hiddenSize: number;
  intermediateSize: number;
  normEps: number;
  /** Name in `activations`. */
  activation: string;
}

/** What the heads mixed, and the layer's input, [T, D] each, to the layer's output, [T, D]. */
export type EncoderOutput = (
  mixed_TD: Float32Array,
  x_TD: Float32Array,
  signal: AbortSignal | undefined,
) => Promise<Float32Array>;

/** The part of a layer behind its attention, the same in BERT and DeBERTa: projection and feed-forward, a norm behind each. */
export function createOutput(
  { hiddenSize: D, intermediateSize: F, normEps, activation }: OutputShape,
  weights: EncoderWeights,
  linears: EncoderLinears,
  index: number,
): EncoderOutput {
  const at = `encoder.layer.${index}.`;
  const linear = (name: string, rows: number, cols: number) => ({
    product: linears.create([{ input: 0, weight: weights.matrix(`${at}${name}.weight`, rows, cols) }]),
    bias: weights.values(`${at}${name}.bias`, 1, rows),
  });
  const out = linear("attention.output.dense", D, D);
  const outNorm = weights.norm(`${at}attention.output.LayerNorm`, D, normEps);
  const up = linear("intermediate.dense", F, D);
  const down = linear("output.dense", D, F);
  const downNorm = weights.norm(`${at}output.LayerNorm`, D, normEps);
  const activate = activations[activation]!;
  return async (mixed_TD, x_TD, signal) => {
    const rows = x_TD.length / D;
    const [y_TD] = await out.product([mixed_TD], rows, signal);
    addAndNorm(y_TD!, out.bias, x_TD, outNorm);
    const [h_TF] = await up.product([y_TD!], rows, signal);
    addBias(h_TF!, up.bias);
    activate(h_TF!);
    const [z_TD] = await down.product([h_TF!], rows, signal);
    addAndNorm(z_TD!, down.bias, y_TD!, downNorm);
    return z_TD!;
  };
}
