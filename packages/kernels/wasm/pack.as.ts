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

/** Byte of the 4-bit quant (k, row) in its block, and whether it is the high half. */
// @ts-ignore: decorator
@inline export function offset4(k: u32, row: u32): u32 {
  const base = ((k >> 3) << 6) + ((row >> 2) << 4);
  return HAS_DOT8 ? base + ((row & 3) << 2) + (k & 3) : base + ((row & 3) << 2) + ((k & 1) << 1) + ((k >> 2) & 1);
}
// @ts-ignore: decorator
@inline export function isHigh4(k: u32): bool {
  return HAS_DOT8 ? ((k >> 2) & 1) != 0 : ((k >> 1) & 1) != 0;
}

// @ts-ignore: decorator
@inline function half(p: usize): f32 {
  return halfToFloat(load<u16>(p));
}

// @ts-ignore: decorator
@inline function put8(block: usize, header: usize, row: u32, k: u32, q: i32): void {
  store<i8>(block + header + offset8(k, row), <i8>q);
}

// @ts-ignore: decorator
@inline function put4(block: usize, row: u32, k: u32, q: u32): void {
  const p = block + 128 + offset4(k, row);
  store<u8>(p, isHigh4(k) ? load<u8>(p) | (q << 4) : load<u8>(p) | q);
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
  for (let k0: u32 = 0; k0 < cols; k0 += 32, src += 34, dst += 576) {
    putScale(dst, row, half(src));
    for (let k: u32 = 0; k < 32; k++) put8(dst, 64, row, k, load<i8>(src + k, 2));
  }
}

export function packQ4_0(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 32, src += 18, dst += 384) {
    const d = half(src);
    putScale(dst, row, d);
    putMin(dst, row, -8 * d);
    for (let j: u32 = 0; j < 16; j++) {
      const b = <u32>load<u8>(src + j, 2);
      put4(dst, row, j, b & 15);
      put4(dst, row, j + 16, b >> 4);
    }
  }
}

export function packQ4_1(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 32, src += 20, dst += 384) {
    putScale(dst, row, half(src));
    putMin(dst, row, half(src + 2));
    for (let j: u32 = 0; j < 16; j++) {
      const b = <u32>load<u8>(src + j, 4);
      put4(dst, row, j, b & 15);
      put4(dst, row, j + 16, b >> 4);
    }
  }
}

export function packQ5_0(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 32, src += 22, dst += 576) {
    putScale(dst, row, half(src));
    const high = load<u32>(src, 2);
    for (let j: u32 = 0; j < 16; j++) {
      const b = <u32>load<u8>(src + j, 6);
      put8(dst, 64, row, j, <i32>((b & 15) | (((high >> j) & 1) << 4)) - 16);
      put8(dst, 64, row, j + 16, <i32>((b >> 4) | (((high >> (j + 16)) & 1) << 4)) - 16);
    }
  }
}

export function packQ5_1(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 32, src += 24, dst += 640) {
    putScale(dst, row, half(src));
    putMin(dst, row, half(src + 2));
    const high = load<u32>(src, 4);
    for (let j: u32 = 0; j < 16; j++) {
      const b = <u32>load<u8>(src + j, 8);
      put8(dst, 128, row, j, <i32>((b & 15) | (((high >> j) & 1) << 4)));
      put8(dst, 128, row, j + 16, <i32>((b >> 4) | (((high >> (j + 16)) & 1) << 4)));
    }
  }
}

export function packQ4K(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 256, src += 144) {
    const d = half(src);
    const dmin = half(src + 2);
    for (let sub: u32 = 0; sub < 8; sub++, dst += 384) {
      putScale(dst, row, d * <f32>scale6(src + 4, sub, false));
      putMin(dst, row, -(dmin * <f32>scale6(src + 4, sub, true)));
      const quants = src + 16 + ((sub >> 1) << 5);
      const shift = (sub & 1) << 2;
      for (let k: u32 = 0; k < 32; k++) put4(dst, row, k, (<u32>load<u8>(quants + k) >> shift) & 15);
    }
  }
}

export function packQ5K(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 256, src += 176) {
    const d = half(src);
    const dmin = half(src + 2);
    for (let sub: u32 = 0; sub < 8; sub++, dst += 640) {
      putScale(dst, row, d * <f32>scale6(src + 4, sub, false));
      putMin(dst, row, -(dmin * <f32>scale6(src + 4, sub, true)));
      const quants = src + 48 + ((sub >> 1) << 5);
      const shift = (sub & 1) << 2;
      for (let k: u32 = 0; k < 32; k++) {
        const low = (<u32>load<u8>(quants + k) >> shift) & 15;
        put8(dst, 128, row, k, <i32>(low | (((<u32>load<u8>(src + k, 16) >> sub) & 1) << 4)));
      }
    }
  }
}

export function packQ6K(src: usize, dst: usize, row: u32, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 256, src += 210) {
    const d = half(src + 208);
    for (let sub: u32 = 0; sub < 16; sub++, dst += 320) {
      putScale(dst, row, d * <f32>load<i8>(src + sub, 192));
      for (let k: u32 = 0; k < 16; k++) {
        // Column within its half of 128: quarter 0..3 shares low bytes 0/2 and 1/3, high bits at 2 * quarter.
        const column = ((sub & 7) << 4) + k;
        const quarter = column >> 5;
        const lane = column & 31;
        const low = <u32>load<u8>(src + ((sub >> 3) << 6) + ((quarter & 1) << 5) + lane) >> ((quarter >> 1) << 2);
        const high = <u32>load<u8>(src + ((sub >> 3) << 5) + lane, 128) >> (quarter << 1);
        put8(dst, 64, row, k, <i32>((low & 15) | ((high & 3) << 4)) - 32);
      }
    }
  }
}
