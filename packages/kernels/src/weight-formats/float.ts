import type { WeightCodec } from "./codec.ts";

const scratchF32 = new Float32Array(1);
const scratchU32 = new Uint32Array(scratchF32.buffer);

/** Runs at import, so it moves bits instead of computing powers. */
function tabulateHalves(): Float32Array {
  const values = new Float32Array(65536);
  const bits = new Uint32Array(values.buffer);
  for (let half = 0; half < 32768; half++) {
    const exponent = half >> 10;
    const fraction = half & 0x3ff;
    if (exponent === 0) values[half] = fraction * 2 ** -24;
    else bits[half] = ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
    bits[half + 32768] = bits[half]! | 0x80000000;
  }
  return values;
}

/** Value of each of the 65,536 IEEE half floats; the block formats look their scales up here. */
export const halfValues: Float32Array = tabulateHalves();

/** Bits of the half float nearest to x, ties to even; overflow gives infinity. */
export function floatToHalf(x: number): number {
  scratchF32[0] = x;
  const bits = scratchU32[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // In [0.5, 1) a float's last bit is 2^-24, the step of a subnormal half: adding 0.5 does the rounding.
    scratchF32[0] = Math.abs(scratchF32[0]!) + 0.5;
    return sign | (scratchU32[0]! - 0x3f000000);
  }
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** Bits of the bfloat16 nearest to x, ties to even. */
export function floatToBfloat16(x: number): number {
  scratchF32[0] = x;
  const bits = scratchU32[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 64;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export const f32: WeightCodec = {
  blockElems: 1,
  blockBytes: 4,
  ggmlType: 0,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    const out = new Uint8Array(dst.buffer, dst.byteOffset + dstOffset * 4, count * 4);
    out.set(src.subarray(srcOffset, srcOffset + count * 4));
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    dst.set(new Uint8Array(src.buffer, src.byteOffset + srcOffset * 4, count * 4), dstOffset);
  },
};

export const f16: WeightCodec = {
  blockElems: 1,
  blockBytes: 2,
  ggmlType: 1,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i++, at += 2) {
      dst[dstOffset + i] = halfValues[src[at]! | (src[at + 1]! << 8)]!;
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i++, at += 2) {
      const half = floatToHalf(src[srcOffset + i]!);
      dst[at] = half;
      dst[at + 1] = half >> 8;
    }
  },
};

export const bf16: WeightCodec = {
  blockElems: 1,
  blockBytes: 2,
  ggmlType: 30,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    const bits = new Uint32Array(dst.buffer, dst.byteOffset + dstOffset * 4, count);
    for (let i = 0, at = srcOffset; i < count; i++, at += 2) {
      bits[i] = (src[at]! << 16) | (src[at + 1]! << 24);
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i++, at += 2) {
      const bits = floatToBfloat16(src[srcOffset + i]!);
      dst[at] = bits;
      dst[at + 1] = bits >> 8;
    }
  },
};
