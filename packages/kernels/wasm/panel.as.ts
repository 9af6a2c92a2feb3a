// Dequantises packed weights to f32: a panel [columns][16 rows] for the exact products, or one row for the embedding.
import { halfToFloat4, HAS_DOT8 } from "./vector.as";
import { BF16, F16, F32, I4M, I8, I8H, I8M, offset8 } from "./pack.as";

/** Bytes of `cols` columns of a group of 16 rows. */
export function groupBytes(form: i32, cols: u32): u32 {
  if (form == F32) return cols << 6;
  if (form <= BF16) return cols << 5;
  const blocks = cols >> 5;
  if (form == I4M) return blocks * 384;
  return blocks * (form == I8 ? 576 : 640);
}

// @ts-ignore: decorator
@inline function put(dst: usize, q: v128, scale: v128, min: v128, hasMin: bool): void {
  const w = f32x4.mul(f32x4.convert_i32x4_s(q), scale);
  v128.store(dst, hasMin ? f32x4.add(w, min) : w);
}

/** The 8-bit quant of column `at` of each 32-bit lane, with its sign. */
// @ts-ignore: decorator
@inline function byte(lanes: v128, at: i32): v128 {
  return i32x4.shr_s(i32x4.shl(lanes, 24 - (at << 3)), 24);
}

// @ts-ignore: decorator
@inline function panel8(src: usize, dst: usize, cols: u32, width: u32, hasMin: bool): void {
  const header: usize = hasMin ? 128 : 64;
  for (let k0: u32 = 0; k0 < cols; k0 += width, src += header + (width << 4)) {
    for (let quad: u32 = 0; quad < 4; quad++) {
      const scale = v128.load(src + (quad << 4));
      const min = hasMin ? v128.load(src + (quad << 4), 64) : f32x4.splat(0);
      let to = dst + (k0 << 6) + (quad << 4);
      for (let k: u32 = 0; k < width; k += 4, to += 256) {
        const p = src + header + offset8(k, quad << 2);
        const low = HAS_DOT8 ? v128.load(p) : v128.load16x4_u(p);
        const high = HAS_DOT8 ? low : v128.load16x4_u(p, 32);
        put(to, byte(low, 0), scale, min, hasMin);
        put(to + 64, byte(low, 1), scale, min, hasMin);
        put(to + 128, byte(high, HAS_DOT8 ? 2 : 0), scale, min, hasMin);
        put(to + 192, byte(high, HAS_DOT8 ? 3 : 1), scale, min, hasMin);
      }
    }
  }
}

/** The 4-bit quant of column k (0 to 7) of each 32-bit lane, in the order of put4. */
// @ts-ignore: decorator
@inline function nibble(lanes: v128, k: u32): v128 {
  const shift = HAS_DOT8
    ? ((k & 3) << 3) + ((k >> 2) << 2)
    : ((k & 1) << 4) + (((k >> 2) & 1) << 3) + (((k >> 1) & 1) << 2);
  return v128.and(i32x4.shr_u(lanes, shift), i32x4.splat(15));
}

function panel4(src: usize, dst: usize, cols: u32): void {
  for (let k0: u32 = 0; k0 < cols; k0 += 32, src += 384) {
    for (let quad: u32 = 0; quad < 4; quad++) {
      const scale = v128.load(src + (quad << 4));
      const min = v128.load(src + (quad << 4), 64);
      let to = dst + (k0 << 6) + (quad << 4);
      for (let at: usize = 128; at < 384; at += 64, to += 512) {
        const lanes = v128.load(src + at + (quad << 4));
        put(to, nibble(lanes, 0), scale, min, true);
        put(to + 64, nibble(lanes, 1), scale, min, true);
        put(to + 128, nibble(lanes, 2), scale, min, true);
        put(to + 192, nibble(lanes, 3), scale, min, true);
        put(to + 256, nibble(lanes, 4), scale, min, true);
        put(to + 320, nibble(lanes, 5), scale, min, true);
        put(to + 384, nibble(lanes, 6), scale, min, true);
        put(to + 448, nibble(lanes, 7), scale, min, true);
      }
    }
  }
}

/** Columns [k0, k0 + count) of a group to dst [count][16]; k0 and count are multiples of 32 for block forms. */
export function panel(form: i32, group: usize, k0: u32, count: u32, dst: usize): void {
  const src = group + groupBytes(form, k0);
  if (form == F32) memory.copy(dst, src, count << 6);
  else if (form == F16) {
    for (let i: usize = 0; i < count << 2; i++) {
      v128.store(dst + (i << 4), halfToFloat4(v128.load16x4_u(src + (i << 3))));
    }
  } else if (form == BF16) {
    for (let i: usize = 0; i < count << 2; i++) {
      v128.store(dst + (i << 4), i32x4.shl(v128.load16x4_u(src + (i << 3)), 16));
    }
  } else if (form == I4M) panel4(src, dst, count);
  else if (form == I8) panel8(src, dst, count, 32, false);
  else if (form == I8M) panel8(src, dst, count, 32, true);
  else if (form == I8H) panel8(src, dst, count, 16, false);
}

/** Row `row` of a packed weight, dequantised to dst [cols]; rowScale (0: none) has a factor per row. */
export function embedRow(form: i32, weight: usize, cols: u32, row: u32, rowScale: usize, scratch: usize, dst: usize): void {
  const group = weight + <usize>(row >> 4) * groupBytes(form, cols);
  const lane = (row & 15) << 2;
  const factor: f32 = rowScale ? load<f32>(rowScale + (row << 2)) : 1;
  for (let k0: u32 = 0; k0 < cols; k0 += 256) {
    const count = min<u32>(256, cols - k0);
    panel(form, group, k0, count, scratch);
    for (let k: u32 = 0; k < count; k++) store<f32>(dst + ((k0 + k) << 2), load<f32>(scratch + (k << 6) + lane) * factor);
  }
}
