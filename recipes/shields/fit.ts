import type { LinearHead } from "../../packages/stack/src/shields/trained/linear-file.ts";
import type { Random } from "../cria/random.ts";

/** A text as buckets, and whether it belongs to the class. */
export interface Sample {
  buckets: Int32Array;
  label: 0 | 1;
  /** How much it counts. */
  weight: number;
}

export interface FitOptions {
  bits: number;
  epochs: number;
  rate: number;
  /** Pull of weights towards zero. */
  decay: number;
  /** Share of the features of a text that a step does not see, so that no few features decide. */
  dropout: number;
}

/** Logistic regression over hashed features by AdaGrad; both classes weigh the same. The weights come as bytes. */
export function fitLinear(
  label: string,
  samples: readonly Sample[],
  { bits, epochs, rate, decay, dropout }: FitOptions,
  random: Random,
): LinearHead {
  const weights = new Float32Array(1 << bits);
  const squares = new Float32Array(weights.length).fill(1e-4);
  const totals = [0, 0];
  for (const sample of samples) totals[sample.label]! += sample.weight;
  if (totals.some((total) => total === 0))
    throw new RangeError(`The class ${label} needs texts that belong to it and others; it has one kind only`);
  const perClass = totals.map((total) => (totals[0]! + totals[1]!) / (2 * total));
  const largestList = samples.reduce((most, { buckets }) => Math.max(most, buckets.length), 0);
  const list = new Int32Array(largestList);
  const limit = Math.round(dropout * 2 ** 32);
  let state = random.int(1, 0x7fffffff);
  let bias = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = rate * (1 - epoch / epochs);
    for (const sample of random.shuffle(samples)) {
      let length = 0;
      let sum = 0;
      for (let at = 0; at < sample.buckets.length; at++) {
        // Numbers of xorshift are good enough here, and quick.
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        if (state >>> 0 < limit) continue;
        const bucket = sample.buckets[at]!;
        list[length++] = bucket;
        sum += weights[bucket]!;
      }
      if (length === 0) continue;
      const norm = 1 / Math.sqrt(length);
      const probability = 1 / (1 + Math.exp(-(bias + sum * norm)));
      const error = (probability - sample.label) * perClass[sample.label]! * sample.weight;
      bias -= 0.02 * step * error;
      for (let at = 0; at < length; at++) {
        const bucket = list[at]!;
        const gradient = error * norm + decay * weights[bucket]!;
        squares[bucket]! += gradient * gradient;
        weights[bucket]! -= (step * gradient) / Math.sqrt(squares[bucket]!);
      }
    }
  }
  return toHead(label, bias, weights);
}

function toHead(label: string, bias: number, weights: Float32Array): LinearHead {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
  return {
    label,
    scale: largest / 127,
    bias,
    weights: Int8Array.from(weights, (weight) => Math.round((weight / largest) * 127)),
  };
}

/** Gives the mean of the log odds of two models of the same buckets. */
export function meanOf(a: LinearHead, b: LinearHead): LinearHead {
  const weights = Float32Array.from(
    a.weights,
    (weight, at) => (weight * a.scale + b.weights[at]! * b.scale) / 2,
  );
  return toHead(a.label, (a.bias + b.bias) / 2, weights);
}

/** Log odds of a text of these buckets. */
export function logOdds({ weights, scale, bias }: LinearHead, buckets: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < buckets.length; at++) sum += weights[buckets[at]!]!;
  return bias + (scale * sum) / Math.sqrt(Math.max(1, buckets.length));
}
