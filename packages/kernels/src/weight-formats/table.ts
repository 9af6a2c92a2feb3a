import type { WeightFormat } from "../kernels.ts";
import type { WeightCodec } from "./codec.ts";
import { bf16, f16, f32 } from "./float.ts";
import { f8E4m3 } from "./fp8.ts";
import { q4K, q5K, q6K } from "./k-quants.ts";
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from "./legacy-quants.ts";

/** Layout, dequantiser and quantiser of every weight format. */
export const weightFormats: { readonly [F in WeightFormat]: WeightCodec } = {
  f32,
  f16,
  bf16,
  q8_0,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q4_k: q4K,
  q5_k: q5K,
  q6_k: q6K,
  f8_e4m3: f8E4m3,
};

/** Bytes of one row of `cols` elements. Throws RangeError when the row is not whole blocks. */
export function rowBytes(format: WeightFormat, cols: number): number {
  const { blockElems, blockBytes } = weightFormats[format];
  if (cols % blockElems !== 0) {
    throw new RangeError(`Row of ${cols} elements is not a multiple of ${format}'s block of ${blockElems}`);
  }
  return (cols / blockElems) * blockBytes;
}
