// Ops on rows of activations, f32.
import { exp4, sumLanes } from "./vector.as";

/** y = x / sqrt(mean(x^2) + eps) * weight. */
export function rmsNorm(x: usize, weight: usize, cols: u32, eps: f32, y: usize): void {
  let sum = f32x4.splat(0);
  let k: u32 = 0;
  for (; k + 4 <= cols; k += 4) {
    const v = v128.load(x + (k << 2));
    sum = f32x4.add(sum, f32x4.mul(v, v));
  }
  let total = sumLanes(sum);
  for (; k < cols; k++) total += load<f32>(x + (k << 2)) * load<f32>(x + (k << 2));
  const factor: f32 = 1 / sqrt<f32>(total / <f32>cols + eps);
  for (k = 0; k + 4 <= cols; k += 4) {
    const at = k << 2;
    v128.store(y + at, f32x4.mul(f32x4.mul(v128.load(x + at), f32x4.splat(factor)), v128.load(weight + at)));
  }
  for (; k < cols; k++) store<f32>(y + (k << 2), load<f32>(x + (k << 2)) * factor * load<f32>(weight + (k << 2)));
}

export function add(a: usize, b: usize, count: u32, y: usize): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) v128.store(y + (i << 2), f32x4.add(v128.load(a + (i << 2)), v128.load(b + (i << 2))));
  for (; i < count; i++) store<f32>(y + (i << 2), load<f32>(a + (i << 2)) + load<f32>(b + (i << 2)));
}

// @ts-ignore: decorator
@inline function silu4(gate: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(gate, f32x4.add(one, exp4(f32x4.neg(gate))));
}

/** y = gate / (1 + e^-gate) * up. */
export function siluMul(gate: usize, up: usize, count: u32, y: usize): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(y + (i << 2), f32x4.mul(silu4(v128.load(gate + (i << 2))), v128.load(up + (i << 2))));
  }
  for (; i < count; i++) {
    const s = f32x4.extract_lane(silu4(v128.load32_splat(gate + (i << 2))), 0);
    store<f32>(y + (i << 2), s * load<f32>(up + (i << 2)));
  }
}

/** Rotates one row of heads; angles: [headDim / 2] cosines, then [headDim / 2] sines. adjacent: pairs (2i, 2i + 1), else (i, i + half). */
export function rope(x: usize, heads: u32, headDim: u32, adjacent: i32, angles: usize, y: usize): void {
  const half = headDim >> 1;
  const sines = angles + (half << 2);
  for (let h: u32 = 0; h < heads; h++, x += headDim << 2, y += headDim << 2) {
    let i: u32 = 0;
    if (!adjacent) {
      for (; i + 4 <= half; i += 4) {
        const at = i << 2;
        const a = v128.load(x + at);
        const b = v128.load(x + at + (half << 2));
        const c = v128.load(angles + at);
        const s = v128.load(sines + at);
        v128.store(y + at, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(y + at + (half << 2), f32x4.add(f32x4.mul(a, s), f32x4.mul(b, c)));
      }
    }
    for (; i < half; i++) {
      const pa = (adjacent ? i << 1 : i) << 2;
      const pb = (adjacent ? (i << 1) + 1 : i + half) << 2;
      const a = load<f32>(x + pa);
      const b = load<f32>(x + pb);
      const c = load<f32>(angles + (i << 2));
      const s = load<f32>(sines + (i << 2));
      store<f32>(y + pa, a * c - b * s);
      store<f32>(y + pb, a * s + b * c);
    }
  }
}
