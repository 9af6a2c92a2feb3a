// Passes over a row of logits for sampling. NaN counts as the lowest value.
import { exp4, maxLanes } from "./vector.as";

/** Index of the largest of n values, the first of equals; -1 when none is above -Infinity. */
export function argMax(x: usize, n: u32): i32 {
  let m = f32x4.splat(-Infinity);
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) m = f32x4.pmax(m, v128.load(x + (i << 2)));
  let top = maxLanes(m);
  for (; i < n; i++) {
    const value = load<f32>(x + (i << 2));
    if (value > top) top = value;
  }
  if (top == -Infinity) return -1;
  for (i = 0; i < n; i++) if (load<f32>(x + (i << 2)) == top) return i;
  return -1;
}

/** e^((x - max) * inverse) of four values; 1 where x is max, even an infinite one. */
// @ts-ignore: decorator
@inline function weights(x: v128, max: f32, inverse: f32): v128 {
  const top = f32x4.splat(max);
  const below = v128.andnot(f32x4.mul(f32x4.sub(x, top), f32x4.splat(inverse)), f32x4.eq(x, top));
  return exp4(below);
}

// @ts-ignore: decorator
@inline function total(v: v128): f64 {
  const pairs = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(i32x4.shuffle(v, v, 2, 3, 0, 1)));
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

/** Four values from i on; what lies behind the end weighs nothing. */
// @ts-ignore: decorator
@inline function valuesAt(x: usize, i: u32, n: u32): v128 {
  if (i + 4 <= n) return v128.load(x + (i << 2));
  let v = f32x4.replace_lane(f32x4.splat(-Infinity), 0, load<f32>(x + (i << 2)));
  if (i + 1 < n) v = f32x4.replace_lane(v, 1, load<f32>(x + (i << 2), 4));
  if (i + 2 < n) v = f32x4.replace_lane(v, 2, load<f32>(x + (i << 2), 8));
  return v;
}

/** Sum of e^((x - max) * inverse). */
export function sumExp(x: usize, n: u32, max: f32, inverse: f32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < n; i += 4) sum += total(weights(valuesAt(x, i, n), max, inverse));
  return sum;
}

/** Stores the indices of values above `threshold` and returns how many. */
export function collect(x: usize, n: u32, threshold: f32, ids: usize): u32 {
  let count: u32 = 0;
  const t = f32x4.splat(threshold);
  for (let i: u32 = 0; i < n; i += 4) {
    let found = i32x4.bitmask(f32x4.gt(valuesAt(x, i, n), t));
    while (found) {
      store<u32>(ids + (count++ << 2), i + ctz(found));
      found &= found - 1;
    }
  }
  return count;
}
