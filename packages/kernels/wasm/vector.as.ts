// Elementary functions on four f32 lanes. Nothing here is relaxed, so both builds give the same bits.

/** Whether this build sums products of 8 bits (relaxed dot) or of 16 bits; set by build.mjs. */
// @ts-ignore: decorator
@inline export const HAS_DOT8: bool = DOT8 != 0;

/** a * b + c; fused where the relaxed build's processor does that, so not for `deterministic`. */
// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline export function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

// @ts-ignore: decorator
@inline export function maxLanes(v: v128): f32 {
  const a = max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  return max<f32>(a, max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** e^x to about 1 ulp: Cody-Waite reduction and the degree-5 polynomial of Cephes' expf. Below -87.3 it is 0. */
// @ts-ignore: decorator
@inline export function exp4(x: v128): v128 {
  const low = f32x4.splat(-87.3);
  const clamped = f32x4.min(f32x4.max(x, low), f32x4.splat(88.0));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1.0));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(p, power), f32x4.ge(x, low));
}

/** f16 bits in the low half of each 32-bit lane to f32; subnormals by conversion, to avoid the slow f32 subnormal path. */
// @ts-ignore: decorator
@inline export function halfToFloat4(h: v128): v128 {
  const magnitude = v128.and(h, i32x4.splat(0x7fff));
  const shifted = i32x4.shl(magnitude, 13);
  // Infinity and NaN have the largest exponent in both formats.
  const isSpecial = i32x4.ge_s(magnitude, i32x4.splat(0x7c00));
  const normal = i32x4.add(shifted, v128.bitselect(i32x4.splat(0x70000000), i32x4.splat(0x38000000), isSpecial));
  const tiny = f32x4.mul(f32x4.convert_i32x4_u(magnitude), f32x4.splat(5.9604644775390625e-8));
  const value = v128.bitselect(tiny, normal, i32x4.lt_s(magnitude, i32x4.splat(0x400)));
  return v128.or(value, i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16));
}

/** As halfToFloat4 for sign-extended lanes that are finite; subnormals are right but slow. */
// @ts-ignore: decorator
@inline export function finiteHalfToFloat4(h: v128): v128 {
  // 2^112 moves the exponent from the bias of f16 to that of f32.
  return f32x4.mul(v128.and(i32x4.shl(h, 13), i32x4.splat(0x8fffe000)), f32x4.splat(5.192296858534828e33));
}

/** f32 to f16 bits in the low half of each lane, to nearest even; overflow gives infinity. */
// @ts-ignore: decorator
@inline export function floatToHalf4(x: v128): v128 {
  const magnitude = v128.and(x, i32x4.splat(0x7fffffff));
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, i32x4.splat(0xc8000fff)), odd), 13);
  const tiny = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  let h = v128.bitselect(tiny, normal, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)));
  h = v128.bitselect(i32x4.splat(0x7c00), h, i32x4.ge_s(magnitude, i32x4.splat(0x477ff000)));
  h = v128.bitselect(i32x4.splat(0x7e00), h, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
  return v128.or(h, v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000)));
}

export function halfToFloat(h: u32): f32 {
  return f32x4.extract_lane(halfToFloat4(i32x4.splat(h)), 0);
}
