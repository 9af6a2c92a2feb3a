import type { Mode, WeightFormat } from "../kernels.ts";

/** Largest error of an element, relative to the largest element of its row. */
const exactLinear: { readonly [F in WeightFormat]: number } = {
  f32: 1e-5,
  f16: 1e-5,
  bf16: 1e-5,
  f8_e4m3: 1e-5,
  q8_0: 1e-5,
  q4_0: 1e-5,
  q4_1: 1e-5,
  q5_0: 1e-5,
  q5_1: 1e-5,
  q4_k: 1e-5,
  q5_k: 1e-5,
  q6_k: 1e-5,
};

/** What a tolerance is for: an op, with the element format of its KV cache where that decides. */
export type ToleranceName = "linear" | "embed" | "elementwise" | "attention f16" | "attention int8" | "llama";

/** Tolerance of each kind of case by mode and weight format. */
export const tolerances: {
  readonly [N in ToleranceName]: (mode: Mode, format: WeightFormat | null) => number;
} = {
  // Eight-bit activations: half a step of max/127 per element, averaged over the row.
  linear: (mode, format) => (mode === "fast" ? 2e-2 : exactLinear[format ?? "f32"]),
  embed: (_mode, format) => exactLinear[format ?? "f32"],
  elementwise: () => 1e-5,
  "attention f16": () => 1e-5,
  // A value halfway between two codes may go either way.
  "attention int8": () => 2e-2,
  // Two layers: errors of the products add up, and keys near a rounding border of f16 go either way.
  llama: (mode, format) => (mode === "fast" ? 5e-2 : 1e-3 + 2 * exactLinear[format ?? "f32"]),
};
