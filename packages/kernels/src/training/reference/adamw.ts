import type { AdamWArguments } from "../training.ts";

/** One step of AdamW (Loshchilov & Hutter 2019), element by element in f64, stored as f32. */
export function adamw(update: AdamWArguments): void {
  const { value, gradient, moment1, moment2, learningRate, beta1, beta2, eps, weightDecay, step } = update;
  const sizes = [gradient.length, moment1.length, moment2.length];
  if (sizes.some((size) => size !== value.length)) {
    throw new RangeError(
      `AdamW of ${value.length} values got gradient and moments of ${sizes.join(", ")}; all must agree`,
    );
  }
  if (!(Number.isInteger(step) && step >= 1)) throw new RangeError(`AdamW step is ${step}; the first is 1`);
  const correction1 = 1 - beta1 ** step;
  const correction2 = 1 - beta2 ** step;
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i]! * update.gradientScale;
    const m = beta1 * moment1[i]! + (1 - beta1) * g;
    const v = beta2 * moment2[i]! + (1 - beta2) * g * g;
    moment1[i] = m;
    moment2[i] = v;
    const change = m / correction1 / (Math.sqrt(v / correction2) + eps) + weightDecay * value[i]!;
    value[i]! -= learningRate * change;
  }
}

/** Sum of squares in f64, from the first to the last. */
export function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
