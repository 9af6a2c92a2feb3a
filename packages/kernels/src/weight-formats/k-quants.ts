import type { WeightCodec } from "./codec.ts";
import { floatToHalf, halfValues } from "./float.ts";

/** The two-level GGUF formats: 256 elements whose sub-block scales are themselves quantised. */
const BLOCK = 256;

function readHalf(src: Uint8Array, at: number): number {
  return halfValues[src[at]! | (src[at + 1]! << 8)]!;
}

/** Stores a half float and returns the value that a reader will see. */
function writeHalf(dst: Uint8Array, at: number, value: number): number {
  const half = floatToHalf(value);
  dst[at] = half;
  dst[at + 1] = half >> 8;
  return halfValues[half]!;
}

function clampRound(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, Math.round(value)));
}

const scales = new Uint8Array(8);
const mins = new Uint8Array(8);

/** Eight 6-bit scales and minimums out of 12 bytes, into `scales` and `mins`. */
function unpackScales(src: Uint8Array, at: number): void {
  for (let j = 0; j < 4; j++) {
    const a = src[at + j]!;
    const b = src[at + 4 + j]!;
    const c = src[at + 8 + j]!;
    scales[j] = a & 63;
    mins[j] = b & 63;
    scales[j + 4] = (c & 15) | ((a >> 6) << 4);
    mins[j + 4] = (c >> 4) | ((b >> 6) << 4);
  }
}

function packScales(dst: Uint8Array, at: number): void {
  for (let j = 0; j < 4; j++) {
    dst[at + j] = scales[j]! | ((scales[j + 4]! >> 4) << 6);
    dst[at + 4 + j] = mins[j]! | ((mins[j + 4]! >> 4) << 6);
    dst[at + 8 + j] = (scales[j + 4]! & 15) | ((mins[j + 4]! & 15) << 4);
  }
}

const block = new Float64Array(32);

/**
 * Scale s and minimum m >= 0 with x ~ s*q - m over 32 elements: tries slightly stretched grids,
 * refits s and m by least squares and keeps the smallest squared error.
 */
function fitRange(src: Float32Array, from: number, maxQuant: number): [number, number] {
  let min = 0;
  let max = -Infinity;
  for (let j = 0; j < 32; j++) {
    min = Math.min(min, src[from + j]!);
    max = Math.max(max, src[from + j]!);
  }
  if (max <= min) return [0, -min];
  let bestScale = (max - min) / maxQuant;
  let bestOffset = min;
  let bestError = Infinity;
  let sumX = 0;
  for (let j = 0; j < 32; j++) {
    block[j] = src[from + j]!;
    sumX += block[j]!;
  }
  for (let step = 0; step <= 16; step++) {
    const inverse = (maxQuant - 0.8 + step * 0.1) / (max - min);
    let sumQ = 0;
    let sumQq = 0;
    let sumXq = 0;
    for (let j = 0; j < 32; j++) {
      const x = block[j]!;
      // Not negative, so truncation rounds.
      let q = ((x - min) * inverse + 0.5) | 0;
      if (q > maxQuant) q = maxQuant;
      sumQ += q;
      sumQq += q * q;
      sumXq += x * q;
    }
    const determinant = 32 * sumQq - sumQ * sumQ;
    if (determinant <= 0) continue;
    let scale = (32 * sumXq - sumX * sumQ) / determinant;
    let offset = (sumQq * sumX - sumQ * sumXq) / determinant;
    if (offset > 0) {
      offset = 0;
      scale = sumXq / sumQq;
    }
    const perScale = 1 / scale;
    let error = 0;
    for (let j = 0; j < 32; j++) {
      const x = block[j]!;
      let q = ((x - offset) * perScale + 0.5) | 0;
      if (q < 0) q = 0;
      else if (q > maxQuant) q = maxQuant;
      const off = scale * q + offset - x;
      error += off * off;
    }
    if (error < bestError) {
      bestError = error;
      bestScale = scale;
      bestOffset = offset;
    }
  }
  return [bestScale, -bestOffset];
}

const quants = new Uint8Array(BLOCK);
const fitted: [number, number][] = [];

/** Writes d, dmin and the packed scales at `at`, and fills `quants`; shared by Q4_K and Q5_K. */
function quantizeRanges(
  src: Float32Array,
  from: number,
  dst: Uint8Array,
  at: number,
  maxQuant: number,
): void {
  let maxScale = 0;
  let maxMin = 0;
  for (let j = 0; j < 8; j++) {
    const fit = fitRange(src, from + j * 32, maxQuant);
    fitted[j] = fit;
    maxScale = Math.max(maxScale, fit[0]);
    maxMin = Math.max(maxMin, fit[1]);
  }
  const d = writeHalf(dst, at, maxScale / 63);
  const dmin = writeHalf(dst, at + 2, maxMin / 63);
  for (let j = 0; j < 8; j++) {
    const scale = d === 0 ? 0 : clampRound(fitted[j]![0] / d, 0, 63);
    const min = dmin === 0 ? 0 : clampRound(fitted[j]![1] / dmin, 0, 63);
    scales[j] = scale;
    mins[j] = min;
    const step = d * scale;
    for (let i = 0; i < 32; i++) {
      const x = src[from + j * 32 + i]!;
      quants[j * 32 + i] = step === 0 ? 0 : clampRound((x + dmin * min) / step, 0, maxQuant);
    }
  }
  packScales(dst, at + 4);
}

/** w = d * scale * q - dmin * min per sub-block of 32; nibbles in four groups of 32 bytes. */
export const q4K: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 144,
  ggmlType: 12,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 144) {
      const d = readHalf(src, at);
      const dmin = readHalf(src, at + 2);
      unpackScales(src, at + 4);
      for (let group = 0; group < 4; group++) {
        const lowScale = Math.fround(d * scales[2 * group]!);
        const lowMin = Math.fround(dmin * mins[2 * group]!);
        const highScale = Math.fround(d * scales[2 * group + 1]!);
        const highMin = Math.fround(dmin * mins[2 * group + 1]!);
        const to = dstOffset + i + group * 64;
        for (let j = 0; j < 32; j++) {
          const byte = src[at + 16 + group * 32 + j]!;
          dst[to + j] = Math.fround(lowScale * (byte & 15)) - lowMin;
          dst[to + j + 32] = Math.fround(highScale * (byte >> 4)) - highMin;
        }
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 144) {
      quantizeRanges(src, srcOffset + i, dst, at, 15);
      for (let group = 0; group < 4; group++) {
        for (let j = 0; j < 32; j++) {
          dst[at + 16 + group * 32 + j] = quants[group * 64 + j]! | (quants[group * 64 + 32 + j]! << 4);
        }
      }
    }
  },
};

/** As Q4_K with 32 bytes of fifth bits before the nibbles: bit j of byte i is element i of sub-block j. */
export const q5K: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 176,
  ggmlType: 13,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 176) {
      const d = readHalf(src, at);
      const dmin = readHalf(src, at + 2);
      unpackScales(src, at + 4);
      for (let sub = 0; sub < 8; sub++) {
        const scale = Math.fround(d * scales[sub]!);
        const min = Math.fround(dmin * mins[sub]!);
        const shift = (sub & 1) * 4;
        const nibbles = at + 48 + (sub >> 1) * 32;
        for (let j = 0; j < 32; j++) {
          const q = ((src[nibbles + j]! >> shift) & 15) | (((src[at + 16 + j]! >> sub) & 1) << 4);
          dst[dstOffset + i + sub * 32 + j] = Math.fround(scale * q) - min;
        }
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 176) {
      quantizeRanges(src, srcOffset + i, dst, at, 31);
      for (let j = 0; j < 32; j++) {
        let bits = 0;
        for (let sub = 0; sub < 8; sub++) bits |= (quants[sub * 32 + j]! >> 4) << sub;
        dst[at + 16 + j] = bits;
        for (let group = 0; group < 4; group++) {
          const low = quants[group * 64 + j]! & 15;
          const high = quants[group * 64 + 32 + j]! & 15;
          dst[at + 48 + group * 32 + j] = low | (high << 4);
        }
      }
    }
  },
};

/** Signed scale with x ~ s * q, q in [-32, 31], over 16 elements; the best of a few stretched grids. */
function fitSymmetric(src: Float32Array, from: number): number {
  let peak = 0;
  for (let j = 0; j < 16; j++) {
    const x = src[from + j]!;
    if (Math.abs(x) > Math.abs(peak)) peak = x;
  }
  if (peak === 0) return 0;
  let best = peak / -32;
  let bestGain = -1;
  for (let step = -9; step <= 9; step++) {
    const inverse = -(32 + step * 0.1) / peak;
    let sumXq = 0;
    let sumQq = 0;
    for (let j = 0; j < 16; j++) {
      const x = src[from + j]!;
      let q = Math.floor(x * inverse + 0.5);
      if (q < -32) q = -32;
      else if (q > 31) q = 31;
      sumXq += x * q;
      sumQq += q * q;
    }
    // The squared error of the refitted scale is sum(x^2) - gain.
    const gain = sumQq === 0 ? -1 : (sumXq * sumXq) / sumQq;
    if (gain > bestGain) {
      bestGain = gain;
      best = sumXq / sumQq;
    }
  }
  return best;
}

const fittedScales = new Float64Array(16);

/** w = d * scale * (q - 32) per sub-block of 16. Each half of 128: 64 bytes of nibbles, 32 bytes of bit pairs. */
export const q6K: WeightCodec = {
  blockElems: BLOCK,
  blockBytes: 210,
  ggmlType: 14,
  dequantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = srcOffset; i < count; i += BLOCK, at += 210) {
      const d = readHalf(src, at + 208);
      for (let sub = 0; sub < 16; sub++) {
        const scale = Math.fround(d * ((src[at + 192 + sub]! << 24) >> 24));
        const inHalf = (sub & 7) * 16;
        const nibbles = at + (sub >> 3) * 64 + (inHalf & 63);
        const nibbleShift = (inHalf >> 6) * 4;
        const pairs = at + 128 + (sub >> 3) * 32 + (inHalf & 31);
        const pairShift = (inHalf >> 5) * 2;
        for (let j = 0; j < 16; j++) {
          const q = ((src[nibbles + j]! >> nibbleShift) & 15) | (((src[pairs + j]! >> pairShift) & 3) << 4);
          dst[dstOffset + i + sub * 16 + j] = scale * (q - 32);
        }
      }
    }
  },
  quantize(src, srcOffset, dst, dstOffset, count) {
    for (let i = 0, at = dstOffset; i < count; i += BLOCK, at += 210) {
      let peak = 0;
      for (let sub = 0; sub < 16; sub++) {
        const scale = fitSymmetric(src, srcOffset + i + sub * 16);
        fittedScales[sub] = scale;
        if (Math.abs(scale) > Math.abs(peak)) peak = scale;
      }
      dst.fill(0, at, at + 208);
      const d = writeHalf(dst, at + 208, peak / -128);
      for (let sub = 0; sub < 16; sub++) {
        const scale = d === 0 ? 0 : clampRound(fittedScales[sub]! / d, -128, 127);
        dst[at + 192 + sub] = scale;
        const inHalf = (sub & 7) * 16;
        const nibbles = at + (sub >> 3) * 64 + (inHalf & 63);
        const nibbleShift = (inHalf >> 6) * 4;
        const pairs = at + 128 + (sub >> 3) * 32 + (inHalf & 31);
        const pairShift = (inHalf >> 5) * 2;
        const step = d * scale;
        for (let j = 0; j < 16; j++) {
          const x = src[srcOffset + i + sub * 16 + j]!;
          const q = step === 0 ? 32 : clampRound(x / step, -32, 31) + 32;
          dst[nibbles + j]! |= (q & 15) << nibbleShift;
          dst[pairs + j]! |= (q >> 4) << pairShift;
        }
      }
    }
  },
};
