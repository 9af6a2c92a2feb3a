// Packs rows as stored in a file into groups of 16 rows x all columns, lane = row.
// Integer forms: per block of columns [16 scales f32][16 minimums f32 when the form has them][quants], w = scale * q + minimum.
// Quants are ordered so that one load gives four rows x the columns that one dot instruction sums:
//   8 bits: columns in pairs (16-bit products) or fours (relaxed dot), then 16 rows; 4 bits: columns in eights, then 4 x 4 rows, 16 bytes each.
import { halfToFloat, HAS_DOT8 } from "./vector.as";

// Form numbers; src/wasm/forms.ts has the same table.
export const F32: i32 = 0;
export const F16: i32 = 1;
export const BF16: i32 = 2;
/** int4 + scale + minimum per 32 columns. */
export const I4M: i32 = 3;
/** int8 + scale per 32 columns. */
export const I8: i32 = 4;
/** int8 + scale + minimum per 32 columns. */
export const I8M: i32 = 5;
/** int8 + scale per 16 columns. */
export const I8H: i32 = 6;

/** Byte of the 8-bit quant (k, row) in its block. */
// @ts-ignore: decorator
@inline export function offset8(k: u32, row: u32): u32 {
  return HAS_DOT8 ? ((k >> 2) << 6) + (row << 2) + (k & 3) : ((k >> 1) << 5) + (row << 1) + (k & 1);
}

// @ts-ignore: decorator
@inline function half(p: usize): f32 {
  return halfToFloat(load<u16>(p));
}

/** Stores 16 8-bit quants of a row, columns from `k` on. */
// @ts-ignore: decorator
@inline function put8(quants: usize, row: u32, k: u32, q: v128): void {
  const p = quants + offset8(k, row);
  if (HAS_DOT8) {
    v128.store_lane<u32>(p, q, 0);
    v128.store_lane<u32>(p, q, 1, 64);
    v128.store_lane<u32>(p, q, 2, 128);
    v128.store_lane<u32>(p, q, 3, 192);
  } else {
    v128.store_lane<u16>(p, q, 0);
    v128.store_lane<u16>(p, q, 1, 32);
    v128.store_lane<u16>(p, q, 2, 64);
    v128.store_lane<u16>(p, q, 3, 96);
    v128.store_lane<u16>(p, q, 4, 128);
    v128.store_lane<u16>(p, q, 5, 160);
    v128.store_lane<u16>(p, q, 6, 192);
    v128.store_lane<u16>(p, q, 7, 224);
  }
}

/**
 * Stores 32 4-bit quants of a row: columns 0 to 15 and 16 to 31, one byte each. Eight columns share the row's four
 * bytes: for 16-bit products 16-bit lane k % 2 holds columns k, k + 2, k + 4, k + 6 from its low bits up; for the
 * 8-bit dot byte i holds columns i and i + 4.
 */
// @ts-ignore: decorator
@inline function put4(block: usize, row: u32, a: v128, b: v128): void {
  const even = HAS_DOT8
    ? i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
    : i8x16.shuffle(a, b, 0, 4, 1, 5, 8, 12, 9, 13, 16, 20, 17, 21, 24, 28, 25, 29);
  const odd = HAS_DOT8
    ? i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
    : i8x16.shuffle(a, b, 2, 6, 3, 7, 10, 14, 11, 15, 18, 22, 19, 23, 26, 30, 27, 31);
  const q = v128.or(even, i8x16.shl(odd, 4));
  const p = block + 128 + (row << 2);
  v128.store_lane<u32>(p, q, 0);
  v128.store_lane<u32>(p, q, 1, 64);
  v128.store_lane<u32>(p, q, 2, 128);
  v128.store_lane<u32>(p, q, 3, 192);
}

// @ts-ignore: decorator
@inline function lowBits(v: v128): v128 {
  return v128.and(v, i8x16.splat(15));
}

/** The fifth bits of 16 columns, as 16 or 0: bit i of two bytes for column i. */
// @ts-ignore: decorator
@inline function fifthBits(bits: u32): v128 {
  const v = i32x4.splat(bits);
  const spread = i8x16.shuffle(v, v, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const bit = i64x2.splat(0x8040201008040201);
  return v128.and(i8x16.eq(v128.and(spread, bit), bit), i8x16.splat(16));
}

// @ts-ignore: decorator
@inline function putScale(block: usize, row: u32, scale: f32): void {
  store<f32>(block + (row << 2), scale);
}
// @ts-ignore: decorator
@inline function putMin(block: usize, row: u32, min: f32): void {
  store<f32>(block + (row << 2), min, 64);
}

/** Six-bit scale (or minimum, from = 4) j of a K-quant block; ggml's get_scale_min_k4. */
// @ts-ignore: decorator
@inline function scale6(p: usize, j: u32, isMin: bool): u32 {
  if (j < 4) return load<u8>(p + j + (isMin ? 4 : 0)) & 63;
  const low = isMin ? load<u8>(p + j + 4) >> 4 : load<u8>(p + j + 4) & 15;
  return low | ((<u32>load<u8>(p + j - (isMin ? 0 : 4)) >> 6) << 4);
}

// Each function packs one row: src row, dst group, lane, columns. The group must be zero before.

export function packF32(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k++) store<u32>(dst + (k << 6) + (row << 2), load<u32>(src + (k << 2)));
}

export function pack16(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k++) store<u16>(dst + (k << 5) + (row << 1), load<u16>(src + (k << 1)));
}

/** FP8 e4m3 to bf16, exactly; the factor of the row is applied to the result. */
export function packF8(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k++) {
    const b = <u32>load<u8>(src + k);
    const magnitude = b & 0x7f;
    let f: f32 = magnitude < 8 ? <f32>magnitude * 0.001953125 : reinterpret<f32>((magnitude << 20) + 0x3c000000);
    if (magnitude == 0x7f) f = NaN;
    const bits = reinterpret<u32>(f) | ((b & 0x80) << 24);
    store<u16>(dst + (k << 5) + (row << 1), <u16>(bits >> 16));
  }
}

export function packQ8_0(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 32, src += 34, dst += 576) {
    putScale(dst, row, half(src));
    put8(dst + 64, row, 0, v128.load(src, 2));
    put8(dst + 64, row, 16, v128.load(src, 18));
  }
}

export function packQ4_0(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 32, src += 18, dst += 384) {
    const d = half(src);
    putScale(dst, row, d);
    putMin(dst, row, -8 * d);
    const q = v128.load(src, 2);
    put4(dst, row, lowBits(q), i8x16.shr_u(q, 4));
  }
}

export function packQ4_1(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 32, src += 20, dst += 384) {
    putScale(dst, row, half(src));
    putMin(dst, row, half(src + 2));
    const q = v128.load(src, 4);
    put4(dst, row, lowBits(q), i8x16.shr_u(q, 4));
  }
}

export function packQ5_0(src: usize, dst: usize, row: u32, cols: u32): void {
  const middle = i8x16.splat(16);
  for (let k: u32 = 0; k < cols; k += 32, src += 22, dst += 576) {
    putScale(dst, row, half(src));
    const high = load<u32>(src, 2);
    const q = v128.load(src, 6);
    put8(dst + 64, row, 0, i8x16.sub(v128.or(lowBits(q), fifthBits(high)), middle));
    put8(dst + 64, row, 16, i8x16.sub(v128.or(i8x16.shr_u(q, 4), fifthBits(high >> 16)), middle));
  }
}

export function packQ5_1(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 32, src += 24, dst += 640) {
    putScale(dst, row, half(src));
    putMin(dst, row, half(src + 2));
    const high = load<u32>(src, 4);
    const q = v128.load(src, 8);
    put8(dst + 128, row, 0, v128.or(lowBits(q), fifthBits(high)));
    put8(dst + 128, row, 16, v128.or(i8x16.shr_u(q, 4), fifthBits(high >> 16)));
  }
}

export function packQ4K(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 256, src += 144) {
    const d = half(src);
    const dmin = half(src + 2);
    for (let sub: u32 = 0; sub < 8; sub++, dst += 384) {
      putScale(dst, row, d * <f32>scale6(src + 4, sub, false));
      putMin(dst, row, -(dmin * <f32>scale6(src + 4, sub, true)));
      const quants = src + 16 + ((sub >> 1) << 5);
      const shift = (sub & 1) << 2;
      const low = i8x16.shr_u(v128.load(quants), shift);
      const high = i8x16.shr_u(v128.load(quants, 16), shift);
      put4(dst, row, lowBits(low), lowBits(high));
    }
  }
}

/** 16 quants of a Q5_K sub-block: nibbles at `quants`, fifth bits at `bits`. */
// @ts-ignore: decorator
@inline function quants5K(quants: usize, bits: usize, sub: u32): v128 {
  const low = lowBits(i8x16.shr_u(v128.load(quants), (sub & 1) << 2));
  const high = v128.and(i8x16.shr_u(v128.load(bits), sub), i8x16.splat(1));
  return v128.or(low, i8x16.shl(high, 4));
}

export function packQ5K(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 256, src += 176) {
    const d = half(src);
    const dmin = half(src + 2);
    for (let sub: u32 = 0; sub < 8; sub++, dst += 640) {
      putScale(dst, row, d * <f32>scale6(src + 4, sub, false));
      putMin(dst, row, -(dmin * <f32>scale6(src + 4, sub, true)));
      const quants = src + 48 + ((sub >> 1) << 5);
      put8(dst + 128, row, 0, quants5K(quants, src + 16, sub));
      put8(dst + 128, row, 16, quants5K(quants + 16, src + 32, sub));
    }
  }
}

export function packQ6K(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k: u32 = 0; k < cols; k += 256, src += 210) {
    const d = half(src + 208);
    for (let sub: u32 = 0; sub < 16; sub++, dst += 320) {
      putScale(dst, row, d * <f32>load<i8>(src + sub, 192));
      // Each half of 128 columns has four quarters: low nibbles in bytes 0 or 32 on, low or high; high bits at 2 * quarter.
      const part = sub >> 3;
      const quarter = (sub & 7) >> 1;
      const lane = (sub & 1) << 4;
      const low = lowBits(i8x16.shr_u(v128.load(src + (part << 6) + ((quarter & 1) << 5) + lane), (quarter >> 1) << 2));
      const high = v128.and(i8x16.shr_u(v128.load(src + (part << 5) + lane, 128), quarter << 1), i8x16.splat(3));
      put8(dst + 64, row, 0, i8x16.sub(v128.or(low, i8x16.shl(high, 4)), i8x16.splat(32)));
    }
  }
}
