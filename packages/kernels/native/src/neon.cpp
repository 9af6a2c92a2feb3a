// NEON with dot products (Armv8.2): quantised weights meet activations of 13 bits, split into two bytes (64 * high + low);
// float weights are widened to f32, unit by unit.
#include "portable.h"
#include <arm_neon.h>

namespace llamero {
namespace {

int padded(int K) { return (K + UNIT_COLS - 1) / UNIT_COLS * UNIT_COLS; }
// q = round(x / scale) in +-ACT_MAX, one scale each ACT_BLOCK columns, zero padded to UNIT_COLS; sums of each 32.
void quantizeRow(const float *x, int K, int16_t *q, float *scale, int32_t *sum) {
  const int Kp = padded(K);
  for (int b = 0; b * ACT_BLOCK < Kp; b++) {
    const int k0 = b * ACT_BLOCK, k1 = k0 + ACT_BLOCK < Kp ? k0 + ACT_BLOCK : Kp, end = k1 < K ? k1 : K;
    float top = 0;
    for (int k = k0; k < end; k++) top = fmaxf(top, fabsf(x[k]));
    scale[b] = top / ACT_MAX;
    const float inv = top > 0 ? ACT_MAX / top : 0.f;
    for (int k = k0; k < k1; k += 32) {
      int32x4_t total = vdupq_n_s32(0);
      for (int j = k; j < k + 32; j += 4) {
        float t[4] = {};
        if (j < K) memcpy(t, x + j, (size_t)(K - j < 4 ? K - j : 4) * 4);
        const int32x4_t v = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(t), inv));
        total = vaddq_s32(total, v);
        vst1_s16(q + j, vmovn_s32(v));
      }
      sum[k / 32] = vaddvq_s32(total);
    }
  }
}
// Two rows of bytes a row of activations: [M][high, low][K padded].
size_t nativeActBytes(int M, int K) { return (size_t)M * 2 * padded(K); }
void nativeAct(const Activations &x, int m0, int m1, void *out) {
  for (int m = m0; m < m1; m++) {
    const int16_t *q = x.q + (size_t)m * x.qld;
    int8_t *high = (int8_t *)out + (size_t)m * 2 * x.qld, *low = high + x.qld;
    for (int k = 0; k < x.qld; k++) {
      const int h = (q[k] + 32) >> 6;
      high[k] = (int8_t)h;
      low[k] = (int8_t)(q[k] - h * 64);
    }
  }
}

INLINE float32x4_t halves(const uint8_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16((const uint16_t *)p))); }
// Four unsigned bytes of packed factors, or signed ones.
INLINE float32x4_t bytes(const uint8_t *p, bool isSigned) {
  return isSigned ? float32x4_t{(float)(int8_t)p[0], (float)(int8_t)p[1], (float)(int8_t)p[2], (float)(int8_t)p[3]} : float32x4_t{(float)p[0], (float)p[1], (float)p[2], (float)p[3]};
}
// Scales of rows 4 v .. 4 v + 3 of a quantised unit over the columns 16 q .. 16 q + 15, and minima.
template <Form F> INLINE float32x4_t scales(const uint8_t *u, int q, int v) {
  if (F == Q6K) return vmulq_f32(vld1q_f32((const float *)u + v * 4), bytes(u + 64 + q * 16 + v * 4, true));
  if (isNested(F)) return vmulq_f32(halves(u + v * 8), bytes(u + 64 + q / 2 * 16 + v * 4, false));
  return halves(u + q / 2 * 32 + v * 8);
}
template <Form F> INLINE float32x4_t minima(const uint8_t *u, int q, int v) {
  if (isNested(F)) return vmulq_f32(halves(u + 32 + v * 8), bytes(u + 96 + q / 2 * 16 + v * 4, false));
  return halves(u + 64 + q / 2 * 32 + v * 8);
}
// acc[0..3] += four columns times each of 16 bytes of x: w holds [k/4][4 rows][4 k].
#define DOT4(acc, w, x) do { acc = vdotq_laneq_s32(acc, w[0], x, 0); acc = vdotq_laneq_s32(acc, w[1], x, 1); \
    acc = vdotq_laneq_s32(acc, w[2], x, 2); acc = vdotq_laneq_s32(acc, w[3], x, 3); } while (0)

// R rows of activations from m0 against one group, one quarter (4 outputs) at a time.
template <Form F, int R> static void groupQuantized(const Product &p, const Activations &x, int g, int m0) {
  constexpr bool min = hasMin(F);
  const int units = p.w->units;
  const int8_t *native = (const int8_t *)x.native + (size_t)m0 * 2 * x.qld;
  alignas(16) float out[R * 16];
  float32x4_t acc[R][4];
  for (int r = 0; r < R; r++) for (int v = 0; v < 4; v++) acc[r][v] = vdupq_n_f32(0);
  const uint8_t *u = p.w->unit(g, 0);
  for (int i = 0; i < units; i++, u += UNIT_BYTES[F]) {
    for (int j = 0; j < UNIT_BYTES[F]; j += 64) __builtin_prefetch(u + 1536 + j);
    const uint8_t *t = u + payloadOffset(F);
#pragma GCC unroll 2
    for (int b = 0; b < 2; b++) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; v++) {
        int32x4_t high[R], low[R];
        auto clear = [&] { for (int r = 0; r < R; r++) high[r] = low[r] = vdupq_n_s32(0); };
        auto scale = [&](int q) {
          const float32x4_t d = scales<F>(u, q, v);
          for (int r = 0; r < R; r++) {
            const float f = x.scale[(size_t)(m0 + r) * x.blocks + i * UNIT_COLS / ACT_BLOCK];
            acc[r][v] = vfmaq_f32(acc[r][v], vcvtq_f32_s32(vaddq_s32(vshlq_n_s32(high[r], 6), low[r])), vmulq_n_f32(d, f));
          }
        };
        clear();
        const uint8x16_t fifth = isFiveBit(F) ? vld1q_u8(t + 512 + b * 64 + v * 16) : vdupq_n_u8(0);
#pragma GCC unroll 2
        for (int k = 0; k < 8; k += 4) {
          int8x16_t w[4];
#pragma GCC unroll 4
          for (int j = 0; j < 4; j++) {
            const uint8x16_t c = vld1q_u8(t + (F == Q8 ? b * 512 : 0) + (k + j) * 64 + v * 16);
            const uint8x16_t two = F == Q6K ? vld1q_u8(t + 512 + (b * 2 + k / 4) * 64 + v * 16) : c;
            if (F == Q6K) {
              const uint8x16_t bits = vandq_u8(vshlq_u8(two, vdupq_n_s8((int8_t)(2 - 2 * j))), vdupq_n_u8(12));
              w[j] = vreinterpretq_s8_u8(vorrq_u8(b ? vandq_u8(c, vdupq_n_u8(0xf0)) : vshlq_n_u8(c, 4), bits));
            } else w[j] = vreinterpretq_s8_u8(F == Q8 ? c : b ? vshrq_n_u8(c, 4) : vandq_u8(c, vdupq_n_u8(15)));
            if (isFiveBit(F)) w[j] = vorrq_s8(w[j], vreinterpretq_s8_u8(vandq_u8(vshlq_u8(fifth, vdupq_n_s8((int8_t)(4 - k - j))), vdupq_n_u8(16))));
            if (F == Q4) w[j] = vsubq_s8(w[j], vdupq_n_s8(8));
          }
#pragma GCC unroll 4
          for (int r = 0; r < R; r++) {
            const int8_t *xr = native + (size_t)r * 2 * x.qld + i * UNIT_COLS + b * 32 + k * 4;
            const int8x16_t xh = vld1q_s8(xr), xl = vld1q_s8(xr + x.qld);
            DOT4(high[r], w, xh);
            DOT4(low[r], w, xl);
          }
          if (F == Q6K) { scale(b * 2 + k / 4); clear(); }
        }
        if (F != Q6K) scale(b * 2);
        if (min) for (int r = 0; r < R; r++) {
          const float f = x.scale[(size_t)(m0 + r) * x.blocks + i * UNIT_COLS / ACT_BLOCK];
          acc[r][v] = vfmaq_n_f32(acc[r][v], minima<F>(u, b * 2, v), f * (float)x.sum[(size_t)(m0 + r) * (x.qld / 32) + i * 2 + b]);
        }
      }
    }
  }
  for (int r = 0; r < R; r++) for (int v = 0; v < 4; v++) vst1q_f32(out + r * 16 + v * 4, acc[r][v]);
  finishGroup(p, g, out, m0, m0 + R);
}
template <Form F> static void linearQuantized(const Product &p, const Activations &x, int g0, int g1) {
  for (int g = g0; g < g1; g++) {
    int m = 0;
    for (; m + 4 <= x.M; m += 4) groupQuantized<F, 4>(p, x, g, m);
    for (; m < x.M; m++) groupQuantized<F, 1>(p, x, g, m);
  }
}

// ---------------------------------------------------------------- float forms
// One unit to f32 [64 k][16 rows]; f32 units are read in place.
template <Form F> INLINE const float *widen(const uint8_t *u, float *out) {
  if (F == F32) return (const float *)u;
  if (F == F8) { unpackF32(F8, u, out); return out; }
  for (int j = 0; j < 32; j++) for (int h = 0; h < 2; h++) {
    const uint16x8x2_t v = vld2q_u16((const uint16_t *)u + j * 32 + h * 16);
    for (int c = 0; c < 2; c++) {
      float *o = out + (2 * j + c) * 16 + h * 8;
      const uint16x4_t lo = vget_low_u16(v.val[c]), hi = vget_high_u16(v.val[c]);
      vst1q_f32(o, F == BF16 ? vreinterpretq_f32_u32(vshll_n_u16(lo, 16)) : vcvt_f32_f16(vreinterpret_f16_u16(lo)));
      vst1q_f32(o + 4, F == BF16 ? vreinterpretq_f32_u32(vshll_n_u16(hi, 16)) : vcvt_f32_f16(vreinterpret_f16_u16(hi)));
    }
  }
  return out;
}
template <int R> INLINE void tileFloat(const float *x, int ldx, const float *w, int k, float *acc) {
  float32x4_t a[R][4];
  for (int r = 0; r < R; r++) for (int v = 0; v < 4; v++) a[r][v] = vld1q_f32(acc + r * 16 + v * 4);
  for (int j = 0; j < k; j++) {
    float32x4_t b[4];
    for (int v = 0; v < 4; v++) b[v] = vld1q_f32(w + j * 16 + v * 4);
    for (int r = 0; r < R; r++) {
      const float s = x[(size_t)r * ldx + j];
      for (int v = 0; v < 4; v++) a[r][v] = vfmaq_n_f32(a[r][v], b[v], s);
    }
  }
  for (int r = 0; r < R; r++) for (int v = 0; v < 4; v++) vst1q_f32(acc + r * 16 + v * 4, a[r][v]);
}
template <Form F> static void linearFloat(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  float *panel = (float *)scratch, *acc = panel + UNIT_COLS * 16;
  const int K = p.w->cols;
  for (int g = g0; g < g1; g++) for (int mb = 0; mb < x.M; mb += EXACT_ROWS) {
    const int rows = x.M - mb < EXACT_ROWS ? x.M - mb : EXACT_ROWS;
    memset(acc, 0, (size_t)rows * 64);
    for (int u = 0; u < p.w->units; u++) {
      const uint8_t *unit = p.w->unit(g, u);
      for (int j = 0; j < UNIT_BYTES[F]; j += 64) __builtin_prefetch(unit + 2048 + j);
      const float *w = widen<F>(unit, panel), *xr = x.f32 + (size_t)mb * x.ld + u * UNIT_COLS;
      const int k = K - u * UNIT_COLS < UNIT_COLS ? K - u * UNIT_COLS : UNIT_COLS;
      int m = 0;
      for (; m + 4 <= rows; m += 4) tileFloat<4>(xr + (size_t)m * x.ld, x.ld, w, k, acc + m * 16);
      for (; m < rows; m++) tileFloat<1>(xr + (size_t)m * x.ld, x.ld, w, k, acc + m * 16);
    }
    finishGroup(p, g, acc, mb, mb + rows);
  }
}

void linear(const Product &p, const Activations &x, int g0, int g1, Mode mode, uint8_t *scratch) {
  if (mode == EXACT) return linearF32<false>(p, x, g0, g1, scratch);
  switch (p.w->form) {
    case F32: return linearFloat<F32>(p, x, g0, g1, scratch);
    case F16: return linearFloat<F16>(p, x, g0, g1, scratch);
    case BF16: return linearFloat<BF16>(p, x, g0, g1, scratch);
    case F8: return linearFloat<F8>(p, x, g0, g1, scratch);
    case Q8: return linearQuantized<Q8>(p, x, g0, g1);
    case Q5M: return linearQuantized<Q5M>(p, x, g0, g1);
    case Q4: return linearQuantized<Q4>(p, x, g0, g1);
    case Q4M: return linearQuantized<Q4M>(p, x, g0, g1);
    case Q4K: return linearQuantized<Q4K>(p, x, g0, g1);
    case Q5K: return linearQuantized<Q5K>(p, x, g0, g1);
    case Q6K: return linearQuantized<Q6K>(p, x, g0, g1);
    default: return;
  }
}
void attention(const AttentionTask &t, Mode mode) { if (mode == EXACT) attentionTask<false>(t); else attentionTask<true>(t); }
}  // namespace

const Kernels *neonKernels() {
  static const Kernels k = {"neon", linearF32Scratch, ALL_FORMS, ALL_FORMS, nativeActBytes, quantizeRow, nativeAct, linear, attention,
                            rmsNorm, rope, siluMul, add, writeKv, embedRow, softmaxStats, loraAdd};
  return &k;
}
}  // namespace llamero
