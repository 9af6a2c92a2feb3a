import type { WeightFormat } from "../kernels.ts";

/** Codes of `Stored` in native/src/pack.h. */
export const storedCodes: { readonly [F in WeightFormat]: number } = {
  f32: 0,
  f16: 1,
  bf16: 2,
  q8_0: 3,
  q4_0: 4,
  q4_1: 5,
  q5_0: 6,
  q5_1: 7,
  q4_k: 8,
  q5_k: 9,
  q6_k: 10,
  f8_e4m3: 11,
};
