// Products of integer weights with activations quantised per 32 columns (mode `fast`).
// 16-bit builds: activations are int16, summed by dot_i16x8. 8-bit build: int8, summed by relaxed_dot_i8x16_i7x16,
// whose second operand must not be negative: int4 weights are it; for int8 weights the activation is split by sign.
import { maxLanes, HAS_DOT8 } from "./vector.as";
import { storeRows } from "./linear-float.as";
import { I4M, I8, I8H, I8M } from "./pack.as";

/**
 * Bytes of one quantised activation row: [scales f32][scale * sum of quants f32] per 32 columns, then
 * int16 quants, or (8-bit build) int8 quants, their positive parts, and their negated negative parts.
 */
export function activationBytes(cols: u32): u32 {
  return (cols >> 5) * (8 + (HAS_DOT8 ? 96 : 64));
}

export function quantizeRow(x: usize, cols: u32, dst: usize): void {
  const blocks = cols >> 5;
  const sums = dst + (blocks << 2);
  const quants = dst + (blocks << 3);
  const largest: f32 = HAS_DOT8 ? 127 : 32767;
  for (let b: u32 = 0; b < blocks; b++, x += 128) {
    let m = f32x4.splat(0);
    for (let i: usize = 0; i < 128; i += 16) m = f32x4.max(m, f32x4.abs(v128.load(x + i)));
    const amax = maxLanes(m);
    const scale = amax / largest;
    const inverse = f32x4.splat(amax > 0 ? largest / amax : 0);
    let sum = i32x4.splat(0);
    for (let i: usize = 0; i < 32; i += 16) {
      const q0 = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x + (i << 2)), inverse)));
      const q1 = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x + (i << 2), 16), inverse)));
      const q2 = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x + (i << 2), 32), inverse)));
      const q3 = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x + (i << 2), 48), inverse)));
      sum = i32x4.add(sum, i32x4.add(i32x4.add(q0, q1), i32x4.add(q2, q3)));
      const low = i16x8.narrow_i32x4_s(q0, q1);
      const high = i16x8.narrow_i32x4_s(q2, q3);
      if (HAS_DOT8) {
        const q = i8x16.narrow_i16x8_s(low, high);
        const at = quants + (b << 5) + i;
        const zero = i8x16.splat(0);
        v128.store(at, q);
        v128.store(at + cols, i8x16.max_s(q, zero));
        v128.store(at + (cols << 1), i8x16.neg(i8x16.min_s(q, zero)));
      } else {
        const at = quants + (b << 6) + (i << 1);
        v128.store(at, low);
        v128.store(at, high, 16);
      }
    }
    const total =
      i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    store<f32>(dst + (b << 2), scale);
    store<f32>(sums + (b << 2), scale * <f32>total);
  }
}

// @ts-ignore: decorator
@inline function dot16(acc: v128, w: v128, x: v128): v128 {
  return i32x4.add(acc, i32x4.dot_i16x8_s(w, x));
}

// @ts-ignore: decorator
@inline function scaled(sum: v128, acc: v128, scale: v128, factor: v128): v128 {
  return f32x4.add(sum, f32x4.mul(f32x4.convert_i32x4_s(acc), f32x4.mul(scale, factor)));
}

function row4(w: usize, cols: u32, x: usize, y: usize, rows: u32, spill: usize): void {
  const blocks = cols >> 5;
  let q = x + (blocks << 3);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const mask = HAS_DOT8 ? i8x16.splat(15) : i16x8.splat(15);
  for (let b: u32 = 0; b < blocks; b++, w += 384, x += 4) {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let j: usize = 128; j < 384; j += 64) {
      const p = w + j;
      if (DOT8) {
        const x0 = v128.load32_splat(q);
        const x1 = v128.load32_splat(q, 4);
        q += 8;
        let v = v128.load(p);
        a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x0, v128.and(v, mask), a0);
        a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x1, i8x16.shr_u(v, 4), a0);
        v = v128.load(p, 16);
        a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x0, v128.and(v, mask), a1);
        a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x1, i8x16.shr_u(v, 4), a1);
        v = v128.load(p, 32);
        a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x0, v128.and(v, mask), a2);
        a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x1, i8x16.shr_u(v, 4), a2);
        v = v128.load(p, 48);
        a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x0, v128.and(v, mask), a3);
        a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x1, i8x16.shr_u(v, 4), a3);
      } else {
        const x0 = v128.load32_splat(q);
        const x1 = v128.load32_splat(q, 4);
        const x2 = v128.load32_splat(q, 8);
        const x3 = v128.load32_splat(q, 12);
        q += 16;
        let v = v128.load(p);
        a0 = dot16(a0, v128.and(v, mask), x0);
        a0 = dot16(a0, v128.and(i16x8.shr_u(v, 4), mask), x1);
        a0 = dot16(a0, v128.and(i16x8.shr_u(v, 8), mask), x2);
        a0 = dot16(a0, i16x8.shr_u(v, 12), x3);
        v = v128.load(p, 16);
        a1 = dot16(a1, v128.and(v, mask), x0);
        a1 = dot16(a1, v128.and(i16x8.shr_u(v, 4), mask), x1);
        a1 = dot16(a1, v128.and(i16x8.shr_u(v, 8), mask), x2);
        a1 = dot16(a1, i16x8.shr_u(v, 12), x3);
        v = v128.load(p, 32);
        a2 = dot16(a2, v128.and(v, mask), x0);
        a2 = dot16(a2, v128.and(i16x8.shr_u(v, 4), mask), x1);
        a2 = dot16(a2, v128.and(i16x8.shr_u(v, 8), mask), x2);
        a2 = dot16(a2, i16x8.shr_u(v, 12), x3);
        v = v128.load(p, 48);
        a3 = dot16(a3, v128.and(v, mask), x0);
        a3 = dot16(a3, v128.and(i16x8.shr_u(v, 4), mask), x1);
        a3 = dot16(a3, v128.and(i16x8.shr_u(v, 8), mask), x2);
        a3 = dot16(a3, i16x8.shr_u(v, 12), x3);
      }
    }
    const factor = v128.load32_splat(x);
    const total = v128.load32_splat(x + (blocks << 2));
    s0 = f32x4.add(scaled(s0, a0, v128.load(w), factor), f32x4.mul(v128.load(w, 64), total));
    s1 = f32x4.add(scaled(s1, a1, v128.load(w, 16), factor), f32x4.mul(v128.load(w, 80), total));
    s2 = f32x4.add(scaled(s2, a2, v128.load(w, 32), factor), f32x4.mul(v128.load(w, 96), total));
    s3 = f32x4.add(scaled(s3, a3, v128.load(w, 48), factor), f32x4.mul(v128.load(w, 112), total));
  }
  storeRows(y, rows, s0, s1, s2, s3, spill);
}

/** WIDTH columns share a scale (32 or 16). */
// @ts-ignore: decorator
@inline function row8(width: u32, hasMin: bool, w: usize, cols: u32, x: usize, y: usize, rows: u32, spill: usize): void {
  const blocks = cols >> 5;
  const header: usize = hasMin ? 128 : 64;
  let q = x + (blocks << 3);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let k0: u32 = 0; k0 < cols; k0 += width) {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let p = w + header;
    if (DOT8) {
      let n0 = i32x4.splat(0);
      let n1 = n0;
      let n2 = n0;
      let n3 = n0;
      for (let k: u32 = 0; k < width; k += 4, p += 64, q += 4) {
        const positive = v128.load32_splat(q + cols);
        const negative = v128.load32_splat(q + (cols << 1));
        let v = v128.load(p);
        a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, positive, a0);
        n0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, negative, n0);
        v = v128.load(p, 16);
        a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, positive, a1);
        n1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, negative, n1);
        v = v128.load(p, 32);
        a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, positive, a2);
        n2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, negative, n2);
        v = v128.load(p, 48);
        a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, positive, a3);
        n3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v, negative, n3);
      }
      a0 = i32x4.sub(a0, n0);
      a1 = i32x4.sub(a1, n1);
      a2 = i32x4.sub(a2, n2);
      a3 = i32x4.sub(a3, n3);
    } else {
      for (let k: u32 = 0; k < width; k += 2, p += 32, q += 4) {
        const pair = v128.load32_splat(q);
        a0 = dot16(a0, v128.load8x8_s(p), pair);
        a1 = dot16(a1, v128.load8x8_s(p, 8), pair);
        a2 = dot16(a2, v128.load8x8_s(p, 16), pair);
        a3 = dot16(a3, v128.load8x8_s(p, 24), pair);
      }
    }
    const at = x + ((k0 >> 5) << 2);
    const factor = v128.load32_splat(at);
    s0 = scaled(s0, a0, v128.load(w), factor);
    s1 = scaled(s1, a1, v128.load(w, 16), factor);
    s2 = scaled(s2, a2, v128.load(w, 32), factor);
    s3 = scaled(s3, a3, v128.load(w, 48), factor);
    if (hasMin) {
      const total = v128.load32_splat(at + (blocks << 2));
      s0 = f32x4.add(s0, f32x4.mul(v128.load(w, 64), total));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(w, 80), total));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(w, 96), total));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(w, 112), total));
    }
    w = p;
  }
  storeRows(y, rows, s0, s1, s2, s3, spill);
}

/** Columns whose 16-bit weights are unpacked at a time: 16 KiB. */
const PANEL: u32 = 512;

/** Quants of a block of `width` columns as int16 [width / 2][16 rows][2]. */
// @ts-ignore: decorator
@inline function unpack(is4: bool, quants: usize, width: u32, dst: usize): void {
  if (is4) {
    const mask = i16x8.splat(15);
    for (let at: usize = 0; at < 256; at += 64, dst += 256) {
      for (let quad: usize = 0; quad < 64; quad += 16) {
        const v = v128.load(quants + at + quad);
        v128.store(dst + quad, v128.and(v, mask));
        v128.store(dst + quad, v128.and(i16x8.shr_u(v, 4), mask), 64);
        v128.store(dst + quad, v128.and(i16x8.shr_u(v, 8), mask), 128);
        v128.store(dst + quad, i16x8.shr_u(v, 12), 192);
      }
    }
  } else {
    for (let i: usize = 0; i < width << 4; i += 8) v128.store(dst + (i << 1), v128.load8x8_s(quants + i));
  }
}

// @ts-ignore: decorator
@inline function addScaled(sums: usize, acc: v128, w: usize, x: usize, totals: usize, hasMin: bool): void {
  let s = scaled(v128.load(sums), acc, v128.load(w), v128.load32_splat(x));
  if (hasMin) s = f32x4.add(s, f32x4.mul(v128.load(w, 64), v128.load32_splat(x + totals)));
  v128.store(sums, s);
}

/**
 * One block times two rows of x (the second may be the first again). The sums of a block are added in the order
 * of row4 and row8, so a row's result does not depend on the batch.
 */
// @ts-ignore: decorator
@inline function addBlock2(
  width: u32, hasMin: bool, panel: usize, w: usize, q: usize, r: usize, x: usize, z: usize, totals: usize, sums: usize, next: usize,
): void {
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let k: u32 = 0; k < width; k += 2, panel += 64, q += 4, r += 4) {
    const first = v128.load32_splat(q);
    const second = v128.load32_splat(r);
    const w0 = v128.load(panel);
    a0 = dot16(a0, w0, first);
    b0 = dot16(b0, w0, second);
    const w1 = v128.load(panel, 16);
    a1 = dot16(a1, w1, first);
    b1 = dot16(b1, w1, second);
    const w2 = v128.load(panel, 32);
    a2 = dot16(a2, w2, first);
    b2 = dot16(b2, w2, second);
    const w3 = v128.load(panel, 48);
    a3 = dot16(a3, w3, first);
    b3 = dot16(b3, w3, second);
  }
  addScaled(sums, a0, w, x, totals, hasMin);
  addScaled(sums + 16, a1, w + 16, x, totals, hasMin);
  addScaled(sums + 32, a2, w + 32, x, totals, hasMin);
  addScaled(sums + 48, a3, w + 48, x, totals, hasMin);
  addScaled(next, b0, w, z, totals, hasMin);
  addScaled(next + 16, b1, w + 16, z, totals, hasMin);
  addScaled(next + 32, b2, w + 32, z, totals, hasMin);
  addScaled(next + 48, b3, w + 48, z, totals, hasMin);
}

/** Many rows: weights are unpacked once for all. scratch: 16 KiB panel, then 64 B for each token, then 64 B. */
// @ts-ignore: decorator
@inline function rowsPanel(
  is4: bool, width: u32, hasMin: bool, group: usize, cols: u32, rows: u32, x: usize, tokens: u32, y: usize, yCols: u32, scratch: usize,
): void {
  const header: usize = hasMin ? 128 : 64;
  const blockBytes = header + (is4 ? 256 : width << 4);
  const totals = (cols >> 5) << 2;
  const stride = activationBytes(cols);
  const sums = scratch + (PANEL << 5);
  const spill = sums + (tokens << 6);
  memory.fill(sums, 0, (tokens << 6) + 64);
  for (let k0: u32 = 0; k0 < cols; k0 += PANEL) {
    const end = min<u32>(cols, k0 + PANEL);
    const first = group + (k0 / width) * blockBytes;
    let w = first;
    let to = scratch;
    for (let k = k0; k < end; k += width, w += blockBytes, to += width << 5) unpack(is4, w + header, width, to);
    for (let t: u32 = 0; t < tokens; t += 2) {
      const xt = x + t * stride;
      // An odd last row is multiplied twice, the second time into the spill.
      const isPair = t + 1 < tokens;
      const zt = isPair ? xt + stride : xt;
      const at = sums + (t << 6);
      const next = isPair ? at + 64 : spill;
      w = first;
      to = scratch;
      for (let k = k0; k < end; k += width, w += blockBytes, to += width << 5) {
        const quants = (totals << 1) + (k << 1);
        const scales = (k >> 5) << 2;
        addBlock2(width, hasMin, to, w, xt + quants, zt + quants, xt + scales, zt + scales, totals, at, next);
      }
    }
  }
  for (let t: u32 = 0; t < tokens; t++, y += yCols << 2) {
    const s = sums + (t << 6);
    storeRows(y, rows, v128.load(s), v128.load(s, 16), v128.load(s, 32), v128.load(s, 48), spill);
  }
}

/** Outputs [16 * group, 16 * group + rows) of `tokens` (at most 64) quantised rows; `group` is the address of the group's weights. */
export function linearInt(
  form: i32, group: usize, cols: u32, rows: u32, x: usize, tokens: u32, y: usize, yCols: u32, scratch: usize,
): void {
  if (!HAS_DOT8 && tokens > 3) {
    if (form == I4M) rowsPanel(true, 32, true, group, cols, rows, x, tokens, y, yCols, scratch);
    else if (form == I8) rowsPanel(false, 32, false, group, cols, rows, x, tokens, y, yCols, scratch);
    else if (form == I8M) rowsPanel(false, 32, true, group, cols, rows, x, tokens, y, yCols, scratch);
    else if (form == I8H) rowsPanel(false, 16, false, group, cols, rows, x, tokens, y, yCols, scratch);
    return;
  }
  const xStride = activationBytes(cols);
  for (let t: u32 = 0; t < tokens; t++, x += xStride, y += yCols << 2) {
    if (form == I4M) row4(group, cols, x, y, rows, scratch);
    else if (form == I8) row8(32, false, group, cols, x, y, rows, scratch);
    else if (form == I8M) row8(32, true, group, cols, x, y, rows, scratch);
    else if (form == I8H) row8(16, false, group, cols, x, y, rows, scratch);
  }
}
