import type { WeightCodec } from "./codec.ts";

/** Largest finite e4m3fn value. */
export const FP8_MAX = 448;

function computeFp8(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 15;
  const fraction = byte & 7;
  if (exponent === 15 && fraction === 7) return NaN;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

/** Value of each e4m3fn byte (OCP 8-bit floating point: bias 7, no infinities, 0x7f and 0xff are NaN). */
export const fp8Values: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => computeFp8(byte));

/** Byte of the e4m3fn value nearest to x, ties to even; finite and infinite overflow saturates at 448. */
export function floatToFp8(x: number): number {
  if (Number.isNaN(x)) return 0x7f;
  const sign = x < 0 || Object.is(x, -0) ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(x), FP8_MAX);
  // Magnitudes rise with the byte, so the largest byte not above the value is found by bisection.
  let low = 0;
  let high = 0x7e;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (fp8Values[middle]! <= magnitude) low = middle;
    else high = middle - 1;
  }
  if (low === 0x7e) return sign | low;
  const below = magnitude - fp8Values[low]!;
  const above = fp8Values[low + 1]! - magnitude;
  const rounded = below < above || (below === above && (low & 1) === 0) ? low : low + 1;
  return sign | rounded;
}

/** Row factors are not part of the codec: see `WeightSpec.rowScale`. */
export const f8E4m3: WeightCodec = {
  blockElems: 1,
  blockBytes: 1,
  ggmlType: null,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0; i < count; i++) dst[dstOffset + i] = fp8Values[src[srcOffset + i]!]!;
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0; i < count; i++) dst[dstOffset + i] = floatToFp8(src[srcOffset + i]!);
  },
};
