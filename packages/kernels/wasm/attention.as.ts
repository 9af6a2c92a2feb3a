// The KV cache of one (layer, block, KV head), 32 tokens: keys [headDim][32], values [32][headDim], in f16;
// or in int8, each followed by 32 f32 scales. Scores have token = lane, so no horizontal sums.
// Online softmax (Milakov & Gimelshein 2018) over whole blocks: a row's sums do not depend on what else is in the batch.
import { exp4, finiteHalfToFloat4, floatToHalf4, halfToFloat4, maxLanes, sumLanes } from "./vector.as";

const TOKENS: u32 = 32;

/** Bytes of one (layer, block, KV head). */
export function kvHeadBytes(headDim: u32, isInt8: i32): u32 {
  return isInt8 ? (headDim << 6) + 256 : headDim << 7;
}

// @ts-ignore: decorator
@inline function toHalf(x: f32): u16 {
  return <u16>i32x4.extract_lane(floatToHalf4(f32x4.splat(x)), 0);
}

// @ts-ignore: decorator
@inline function scaleOf(x: usize, count: u32): f32 {
  let m: f32 = 0;
  for (let i: u32 = 0; i < count; i++) m = max<f32>(m, abs<f32>(load<f32>(x + (i << 2))));
  return m / 127;
}

// @ts-ignore: decorator
@inline function quantize(x: f32, scale: f32): i8 {
  return scale > 0 ? <i8>nearest<f32>(x / scale) : 0;
}

/** Stores one token's key and value of one KV head at `slot` (0 to 31) of a block. */
export function writeKv(k: usize, v: usize, headDim: u32, isInt8: i32, block: usize, slot: u32): void {
  if (isInt8) {
    const values = block + (headDim << 5) + 128;
    const ks = scaleOf(k, headDim);
    const vs = scaleOf(v, headDim);
    for (let d: u32 = 0; d < headDim; d++) {
      store<i8>(block + (d << 5) + slot, quantize(load<f32>(k + (d << 2)), ks));
      store<i8>(values + slot * headDim + d, quantize(load<f32>(v + (d << 2)), vs));
    }
    store<f32>(block + (headDim << 5) + (slot << 2), ks);
    store<f32>(values + (headDim << 5) + (slot << 2), vs);
  } else {
    const values = block + (headDim << 6) + ((slot * headDim) << 1);
    for (let d: u32 = 0; d < headDim; d++) {
      store<u16>(block + (d << 6) + (slot << 1), toHalf(load<f32>(k + (d << 2))));
      store<u16>(values + (d << 1), toHalf(load<f32>(v + (d << 2))));
    }
  }
}

/** Keys and values of a block as f32: keys [headDim][32] at dst, values [32][headDim] behind them. headDim is a multiple of 4. */
function loadBlock(block: usize, headDim: u32, isInt8: i32, dst: usize): void {
  const count: usize = headDim << 5;
  if (!isInt8) {
    let largest = i16x8.splat(0);
    for (let i: usize = 0; i < count << 1; i += 8) {
      const h = v128.load(block + (i << 1));
      largest = i16x8.max_u(largest, v128.and(h, i16x8.splat(0x7fff)));
      v128.store(dst + (i << 2), finiteHalfToFloat4(i32x4.extend_low_i16x8_s(h)));
      v128.store(dst + (i << 2), finiteHalfToFloat4(i32x4.extend_high_i16x8_s(h)), 16);
    }
    if (!v128.any_true(i16x8.ge_u(largest, i16x8.splat(0x7c00)))) return;
    for (let i: usize = 0; i < count << 1; i += 4) {
      v128.store(dst + (i << 2), halfToFloat4(v128.load16x4_u(block + (i << 1))));
    }
    return;
  }
  const scales = block + count;
  for (let i: usize = 0; i < count; i += 4) {
    const q = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(block + i))));
    v128.store(dst + (i << 2), f32x4.mul(q, v128.load(scales + ((i & 31) << 2))));
  }
  const values = scales + 128;
  dst += count << 2;
  for (let t: usize = 0; t < TOKENS; t++) {
    const scale = v128.load32_splat(values + count + (t << 2));
    for (let d: usize = 0; d < headDim; d += 4) {
      const at = t * headDim + d;
      const q = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(values + at))));
      v128.store(dst + (at << 2), f32x4.mul(q, scale));
    }
  }
}

/** Bytes of scratch for a tile: one block in f32, 32 scores, and (sums, maximum, total) for each row and head. */
export function attentionScratch(headDim: u32, rows: u32, group: u32): u32 {
  return (headDim << 8) + 128 + rows * group * ((headDim << 2) + 16);
}

export function attentionStart(headDim: u32, rows: u32, group: u32, scratch: usize): void {
  let state = scratch + (headDim << 8) + 128;
  const size = (headDim << 2) + 16;
  for (let i: u32 = 0; i < rows * group; i++, state += size) {
    memory.fill(state, 0, size);
    store<f32>(state, -Infinity);
  }
}

// @ts-ignore: decorator
@inline function addBlock(q: usize, headDim: u32, valid: u32, scale: f32, keys: usize, scores: usize, state: usize): void {
  // Scores of 32 tokens: eight accumulators, one pass over the head.
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  let p = keys;
  for (let d: u32 = 0; d < headDim; d++, p += 128) {
    const qd = v128.load32_splat(q + (d << 2));
    c0 = f32x4.add(c0, f32x4.mul(qd, v128.load(p)));
    c1 = f32x4.add(c1, f32x4.mul(qd, v128.load(p, 16)));
    c2 = f32x4.add(c2, f32x4.mul(qd, v128.load(p, 32)));
    c3 = f32x4.add(c3, f32x4.mul(qd, v128.load(p, 48)));
    c4 = f32x4.add(c4, f32x4.mul(qd, v128.load(p, 64)));
    c5 = f32x4.add(c5, f32x4.mul(qd, v128.load(p, 80)));
    c6 = f32x4.add(c6, f32x4.mul(qd, v128.load(p, 96)));
    c7 = f32x4.add(c7, f32x4.mul(qd, v128.load(p, 112)));
  }
  const s = f32x4.splat(scale);
  v128.store(scores, f32x4.mul(c0, s));
  v128.store(scores, f32x4.mul(c1, s), 16);
  v128.store(scores, f32x4.mul(c2, s), 32);
  v128.store(scores, f32x4.mul(c3, s), 48);
  v128.store(scores, f32x4.mul(c4, s), 64);
  v128.store(scores, f32x4.mul(c5, s), 80);
  v128.store(scores, f32x4.mul(c6, s), 96);
  v128.store(scores, f32x4.mul(c7, s), 112);
  for (let t = valid; t < TOKENS; t++) store<f32>(scores + (t << 2), -Infinity);

  let m = v128.load(scores);
  for (let i: usize = 16; i < 128; i += 16) m = f32x4.max(m, v128.load(scores + i));
  const before = load<f32>(state);
  const top = max<f32>(before, maxLanes(m));
  let total = f32x4.splat(0);
  for (let i: usize = 0; i < 128; i += 16) {
    const e = exp4(f32x4.sub(v128.load(scores + i), f32x4.splat(top)));
    v128.store(scores + i, e);
    total = f32x4.add(total, e);
  }
  const rescale = f32x4.extract_lane(exp4(f32x4.splat(before - top)), 0);
  store<f32>(state, top);
  store<f32>(state, load<f32>(state, 4) * rescale + sumLanes(total), 4);

  const values = keys + (headDim << 7);
  const factor = f32x4.splat(rescale);
  for (let d: u32 = 0; d < headDim; d += 4) {
    let sum = f32x4.mul(v128.load(state + (d << 2), 16), factor);
    let v = values + (d << 2);
    for (let t: u32 = 0; t < valid; t++, v += headDim << 2) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(scores + (t << 2)), v128.load(v)));
    }
    v128.store(state + (d << 2), sum, 16);
  }
}

/**
 * Adds blocks [from, to) of one KV head to a tile of `rows` consecutive rows of a sequence, the first at `position`.
 * base: address of (this layer, block 0, this KV head); q: first row's first head of the group; qStride in bytes.
 */
export function attentionBlocks(
  base: usize,
  blockStride: u32,
  blocks: usize,
  from: u32,
  to: u32,
  q: usize,
  qStride: u32,
  rows: u32,
  position: u32,
  group: u32,
  headDim: u32,
  scale: f32,
  isInt8: i32,
  scratch: usize,
): void {
  const scores = scratch + (headDim << 8);
  const size = (headDim << 2) + 16;
  for (let b = from; b < to; b++) {
    loadBlock(base + <usize>load<u32>(blocks + (b << 2)) * blockStride, headDim, isInt8, scratch);
    for (let r: u32 = 0; r < rows; r++) {
      const visible = <i32>(position + r + 1) - <i32>(b << 5);
      if (visible <= 0) continue;
      const valid = <u32>min<i32>(visible, TOKENS);
      let state = scores + 128 + r * group * size;
      let head = q + r * qStride;
      for (let h: u32 = 0; h < group; h++, state += size, head += headDim << 2) {
        addBlock(head, headDim, valid, scale, scratch, scores, state);
      }
    }
  }
}

export function attentionFinish(y: usize, yStride: u32, rows: u32, group: u32, headDim: u32, scratch: usize): void {
  let state = scratch + (headDim << 8) + 128;
  const size = (headDim << 2) + 16;
  for (let r: u32 = 0; r < rows; r++) {
    let out = y + r * yStride;
    for (let h: u32 = 0; h < group; h++, state += size, out += headDim << 2) {
      const total = f32x4.splat(load<f32>(state, 4));
      for (let d: u32 = 0; d < headDim; d += 4) v128.store(out + (d << 2), f32x4.div(v128.load(state + (d << 2), 16), total));
    }
  }
}
