import type { WeightCodec } from "./codec.ts";
import { floatToHalf, halfValues } from "./float.ts";

/**
 * The one-level GGUF formats: 32 elements with a half-float scale d, and for the `_1` ones a minimum m.
 * Packed nibbles hold elements 0-15 low and 16-31 high; five-bit formats keep the top bits in a u32.
 * Rounding follows ggml's reference quantisers step by step in float32, so blocks come out identical.
 */
const BLOCK = 32;
const fround = Math.fround;

function readHalf(src: Uint8Array, at: number): number {
  return halfValues[src[at]! | (src[at + 1]! << 8)]!;
}

function writeHalf(dst: Uint8Array, at: number, value: number): void {
  const half = floatToHalf(value);
  dst[at] = half;
  dst[at + 1] = half >> 8;
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value));
}

const quants = new Uint8Array(BLOCK);

/** Packs the low nibbles of `quants`. */
function packNibbles(dst: Uint8Array, at: number): void {
  for (let j = 0; j < 16; j++) dst[at + j] = (quants[j]! & 15) | ((quants[j + 16]! & 15) << 4);
}

/** Packs bit 4 of each of `quants`. */
function packHighBits(dst: Uint8Array, at: number): void {
  for (let byte = 0; byte < 4; byte++) {
    let bits = 0;
    for (let j = 0; j < 8; j++) bits |= (quants[byte * 8 + j]! >> 4) << j;
    dst[at + byte] = bits;
  }
}

/** Fills `quants` around zero and returns d; the largest magnitude maps exactly to -levels / 2. */
function quantizeSymmetric(src: Float32Array, from: number, levels: number): number {
  let peak = 0;
  for (let j = 0; j < BLOCK; j++) {
    const x = src[from + j]!;
    if (Math.abs(x) > Math.abs(peak)) peak = x;
  }
  const half = levels / 2;
  const d = fround(peak / -half);
  const inverse = d === 0 ? 0 : fround(1 / d);
  for (let j = 0; j < BLOCK; j++) {
    quants[j] = clamp(Math.trunc(fround(src[from + j]! * inverse + (half + 0.5))), levels - 1);
  }
  return d;
}

/** Fills `quants` between minimum and maximum and returns [d, m]. */
function quantizeRange(src: Float32Array, from: number, levels: number): [number, number] {
  let min = Infinity;
  let max = -Infinity;
  for (let j = 0; j < BLOCK; j++) {
    const x = src[from + j]!;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  const d = fround(fround(max - min) / (levels - 1));
  const inverse = d === 0 ? 0 : fround(1 / d);
  for (let j = 0; j < BLOCK; j++) {
    const scaled = fround(fround(src[from + j]! - min) * inverse);
    quants[j] = clamp(Math.trunc(fround(scaled + 0.5)), levels - 1);
  }
  return [d, min];
}

/** w = d * q, q in [-127, 127]. */
export const q8_0: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 34,
  ggmlType: 8,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 34) {
      const d = readHalf(src, at);
      for (let j = 0; j < BLOCK; j++) dst[dstOffset + i + j] = d * ((src[at + 2 + j]! << 24) >> 24);
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 34) {
      let peak = 0;
      for (let j = 0; j < BLOCK; j++) peak = Math.max(peak, Math.abs(src[srcOffset + i + j]!));
      const d = fround(peak / 127);
      const inverse = d === 0 ? 0 : fround(1 / d);
      writeHalf(dst, at, d);
      for (let j = 0; j < BLOCK; j++) {
        const x = fround(src[srcOffset + i + j]! * inverse);
        dst[at + 2 + j] = x < 0 ? -Math.floor(0.5 - x) : Math.floor(x + 0.5);
      }
    }
  },
};

/** w = d * (q - 8). */
export const q4_0: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 18,
  ggmlType: 2,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 18) {
      const d = readHalf(src, at);
      for (let j = 0; j < 16; j++) {
        const byte = src[at + 2 + j]!;
        dst[dstOffset + i + j] = d * ((byte & 15) - 8);
        dst[dstOffset + i + j + 16] = d * ((byte >> 4) - 8);
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 18) {
      writeHalf(dst, at, quantizeSymmetric(src, srcOffset + i, 16));
      packNibbles(dst, at + 2);
    }
  },
};

/** w = d * q + m. */
export const q4_1: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 20,
  ggmlType: 3,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 20) {
      const d = readHalf(src, at);
      const m = readHalf(src, at + 2);
      for (let j = 0; j < 16; j++) {
        const byte = src[at + 4 + j]!;
        dst[dstOffset + i + j] = d * (byte & 15) + m;
        dst[dstOffset + i + j + 16] = d * (byte >> 4) + m;
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 20) {
      const [d, m] = quantizeRange(src, srcOffset + i, 16);
      writeHalf(dst, at, d);
      writeHalf(dst, at + 2, m);
      packNibbles(dst, at + 4);
    }
  },
};

/** w = d * (q - 16). */
export const q5_0: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 22,
  ggmlType: 6,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 22) {
      const d = readHalf(src, at);
      for (let j = 0; j < 16; j++) {
        const byte = src[at + 6 + j]!;
        const low = ((src[at + 2 + (j >> 3)]! >> (j & 7)) & 1) << 4;
        const high = ((src[at + 4 + (j >> 3)]! >> (j & 7)) & 1) << 4;
        dst[dstOffset + i + j] = d * (((byte & 15) | low) - 16);
        dst[dstOffset + i + j + 16] = d * (((byte >> 4) | high) - 16);
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 22) {
      writeHalf(dst, at, quantizeSymmetric(src, srcOffset + i, 32));
      packHighBits(dst, at + 2);
      packNibbles(dst, at + 6);
    }
  },
};

/** w = d * q + m. */
export const q5_1: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 24,
  ggmlType: 7,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 24) {
      const d = readHalf(src, at);
      const m = readHalf(src, at + 2);
      for (let j = 0; j < 16; j++) {
        const byte = src[at + 8 + j]!;
        const low = ((src[at + 4 + (j >> 3)]! >> (j & 7)) & 1) << 4;
        const high = ((src[at + 6 + (j >> 3)]! >> (j & 7)) & 1) << 4;
        dst[dstOffset + i + j] = d * ((byte & 15) | low) + m;
        dst[dstOffset + i + j + 16] = d * ((byte >> 4) | high) + m;
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 24) {
      const [d, m] = quantizeRange(src, srcOffset + i, 32);
      writeHalf(dst, at, d);
      writeHalf(dst, at + 2, m);
      packHighBits(dst, at + 4);
      packNibbles(dst, at + 8);
    }
  },
};
