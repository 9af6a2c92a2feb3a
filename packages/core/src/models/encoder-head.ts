import { activations, addBias } from "./encoder-math.ts";
import type { EncoderWeights } from "./encoder-weights.ts";

/** What is made of the first token's state: logits of the classes. */
export interface EncoderHead {
  labels: readonly string[];
  /** Logits from the state of a text's first token, [D]. */
  logits(state: Float32Array): Float32Array;
}

/** Names and function of the pooler of an architecture. */
export interface PoolerStyle {
  /** Tensor names before .weight and .bias. */
  pooler: string;
  activation: string;
}

/** weight_NK x + bias. */
function dense(x: Float32Array, weight: Float32Array, bias: Float32Array): Float32Array {
  const result = new Float32Array(bias.length);
  for (let row = 0; row < bias.length; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weight[row * x.length + i]! * x[i]!;
    result[row] = sum;
  }
  addBias(result, bias);
  return result;
}

/** The head of a sequence classification model: pooler, then classifier. */
export function createHead(
  weights: EncoderWeights,
  { labels, hiddenSize: D, style }: { labels: readonly string[]; hiddenSize: number; style: PoolerStyle },
): EncoderHead {
  const pooler = weights.headValues(`${style.pooler}.weight`, D, D);
  const poolerBias = weights.headValues(`${style.pooler}.bias`, 1, D);
  const classifier = weights.headValues("classifier.weight", labels.length, D);
  const classifierBias = weights.headValues("classifier.bias", 1, labels.length);
  const activate = activations[style.activation]!;
  return {
    labels,
    logits(state) {
      const pooled = dense(state, pooler, poolerBias);
      activate(pooled);
      return dense(pooled, classifier, classifierBias);
    },
  };
}
