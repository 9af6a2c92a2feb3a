// Products with dequantised weights: every element of y is one f32 sum over k in order, whatever the batch.
import { madd } from "./vector.as";
import { groupBytes, panel } from "./panel.as";

/** Columns dequantised at a time: 16 KiB of f32 panel. */
const PANEL: u32 = 256;

/** Stores 16 sums, or the first `rows` of them. */
// @ts-ignore: decorator
@inline export function storeRows(y: usize, rows: u32, s0: v128, s1: v128, s2: v128, s3: v128, spill: usize): void {
  const out = rows == 16 ? y : spill;
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
  if (rows != 16) memory.copy(y, spill, rows << 2);
}

// @ts-ignore: decorator
@inline function step(fused: bool, w: v128, x: v128, sum: v128): v128 {
  return fused ? madd(w, x, sum) : f32x4.add(sum, f32x4.mul(w, x));
}

// @ts-ignore: decorator
@inline function addPanel(fused: bool, p: usize, x: usize, count: u32, sums: usize): void {
  let s0 = v128.load(sums);
  let s1 = v128.load(sums, 16);
  let s2 = v128.load(sums, 32);
  let s3 = v128.load(sums, 48);
  for (let k: u32 = 0; k < count; k++, p += 64) {
    const xk = v128.load32_splat(x + (k << 2));
    s0 = step(fused, v128.load(p), xk, s0);
    s1 = step(fused, v128.load(p, 16), xk, s1);
    s2 = step(fused, v128.load(p, 32), xk, s2);
    s3 = step(fused, v128.load(p, 48), xk, s3);
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
}

/** Two rows of x at once share the loads of the panel; the order of each sum is unchanged. */
// @ts-ignore: decorator
@inline function addPanel2(fused: bool, p: usize, x: usize, xStride: u32, count: u32, sums: usize): void {
  let s0 = v128.load(sums);
  let s1 = v128.load(sums, 16);
  let s2 = v128.load(sums, 32);
  let s3 = v128.load(sums, 48);
  let t0 = v128.load(sums, 64);
  let t1 = v128.load(sums, 80);
  let t2 = v128.load(sums, 96);
  let t3 = v128.load(sums, 112);
  for (let k: u32 = 0; k < count; k++, p += 64, x += 4) {
    const a = v128.load32_splat(x);
    const b = v128.load32_splat(x + xStride);
    const w0 = v128.load(p);
    s0 = step(fused, w0, a, s0);
    t0 = step(fused, w0, b, t0);
    const w1 = v128.load(p, 16);
    s1 = step(fused, w1, a, s1);
    t1 = step(fused, w1, b, t1);
    const w2 = v128.load(p, 32);
    s2 = step(fused, w2, a, s2);
    t2 = step(fused, w2, b, t2);
    const w3 = v128.load(p, 48);
    s3 = step(fused, w3, a, s3);
    t3 = step(fused, w3, b, t3);
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
  v128.store(sums, t0, 64);
  v128.store(sums, t1, 80);
  v128.store(sums, t2, 96);
  v128.store(sums, t3, 112);
}

/**
 * Outputs [16 * group, 16 * group + rows) of `tokens` rows (at most 64) of x.
 * scratch: 16 KiB panel, then 64 B for each token, then 64 B. rowScale (0: none) has a factor per output.
 */
export function linearFloat(
  form: i32,
  weight: usize,
  cols: u32,
  group: u32,
  rows: u32,
  rowScale: usize,
  x: usize,
  tokens: u32,
  y: usize,
  yCols: u32,
  fused: i32,
  scratch: usize,
): void {
  const src = weight + <usize>group * groupBytes(form, cols);
  const sums = scratch + (PANEL << 6);
  const spill = sums + (tokens << 6);
  const xStride = cols << 2;
  memory.fill(sums, 0, tokens << 6);
  for (let k0: u32 = 0; k0 < cols; k0 += PANEL) {
    const count = min<u32>(PANEL, cols - k0);
    panel(form, src, k0, count, scratch);
    let t: u32 = 0;
    for (; t + 2 <= tokens; t += 2) {
      const xt = x + t * xStride + (k0 << 2);
      if (fused) addPanel2(true, scratch, xt, xStride, count, sums + (t << 6));
      else addPanel2(false, scratch, xt, xStride, count, sums + (t << 6));
    }
    if (t < tokens) {
      const xt = x + t * xStride + (k0 << 2);
      if (fused) addPanel(true, scratch, xt, count, sums + (t << 6));
      else addPanel(false, scratch, xt, count, sums + (t << 6));
    }
  }
  y += group << 6;
  for (let t: u32 = 0; t < tokens; t++, y += yCols << 2) {
    const s = sums + (t << 6);
    if (rowScale) {
      for (let i: u32 = 0; i < rows; i++) {
        store<f32>(s + (i << 2), load<f32>(s + (i << 2)) * load<f32>(rowScale + (((group << 4) + i) << 2)));
      }
    }
    storeRows(y, rows, v128.load(s), v128.load(s, 16), v128.load(s, 32), v128.load(s, 48), spill);
  }
}
