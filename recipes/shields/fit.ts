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
}

/** Logistic regression over hashed features by AdaGrad; both classes weigh the same. The weights come as bytes. */
export function fitLinear(
  label: string,
  samples: readonly Sample[],
  { bits, epochs, rate, decay }: FitOptions,
  random: Random,
): LinearHead {
  const weights = new Float32Array(1 << bits);
  const squares = new Float32Array(weights.length).fill(1e-4);
  const totals = [0, 0];
  for (const sample of samples) totals[sample.label]! += sample.weight;
  if (totals.some((total) => total === 0))
    throw new RangeError(`The class ${label} needs texts that belong to it and others; it has one kind only`);
  const perClass = totals.map((total) => (totals[0]! + totals[1]!) / (2 * total));
  let bias = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = rate * (1 - epoch / epochs);
    for (const sample of random.shuffle(samples)) {
      const list = sample.buckets;
      if (list.length === 0) continue;
      const norm = 1 / Math.sqrt(list.length);
      let sum = 0;
      for (let at = 0; at < list.length; at++) sum += weights[list[at]!]!;
      const probability = 1 / (1 + Math.exp(-(bias + sum * norm)));
      const error = (probability - sample.label) * perClass[sample.label]! * sample.weight;
      bias -= 0.02 * step * error;
      for (let at = 0; at < list.length; at++) {
        const bucket = list[at]!;
        const gradient = error * norm + decay * weights[bucket]!;
        squares[bucket]! += gradient * gradient;
        weights[bucket]! -= (step * gradient) / Math.sqrt(squares[bucket]!);
      }
    }
  }
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
  return {
    label,
    scale: largest / 127,
    bias,
    weights: Int8Array.from(weights, (weight) => Math.round((weight / largest) * 127)),
  };
}
