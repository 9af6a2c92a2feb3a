// 16 lanes of 32 bits: AVX-512 instructions or, with LLAMERO_EMULATE, the same operations lane by lane, so that the
// kernels written with them are tested on machines that lack the instructions.
#pragma once
#include "portable.h"
#if !defined(LLAMERO_EMULATE)
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // GCC 12 warns inside its own header for every such intrinsic
#endif
#else
#define ZOP [[maybe_unused]] static __attribute__((noinline))  // unrolled and inlined they compile for minutes
#endif

namespace llamero {
namespace {

typedef float zf __attribute__((vector_size(64)));
typedef int32_t zi __attribute__((vector_size(64)));
typedef int16_t zh __attribute__((vector_size(64)));
typedef uint32_t zu __attribute__((vector_size(64)));
typedef int8_t zb __attribute__((vector_size(64)));

INLINE zf zload(const float *p) { zf v; memcpy(&v, p, 64); return v; }
INLINE zi zloadInt(const void *p) { zi v; memcpy(&v, p, 64); return v; }
INLINE void zstore(float *p, zf v) { memcpy(p, &v, 64); }
INLINE void zstore(void *p, zi v) { memcpy(p, &v, 64); }
INLINE zi zshiftRight16(zi v, int n) { return (zi)((zh)v >> n); }  // arithmetic
INLINE zi zshiftLeft16(zi v, int n) { return (zi)((zh)v << n); }
INLINE zi zadd16(zi a, zi b) { return (zi)((zh)a + (zh)b); }
INLINE zi zsub8(zi a, zi b) { return (zi)((zb)a - (zb)b); }

#if !defined(LLAMERO_EMULATE)
INLINE zf zsplat(float x) { return (zf)_mm512_set1_ps(x); }
INLINE zi zsplatInt(int32_t x) { return (zi)_mm512_set1_epi32(x); }
INLINE zf zfma(zf a, zf b, zf c) { return (zf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
INLINE zf zmax(zf a, zf b) { return (zf)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE zf zabs(zf v) { return (zf)_mm512_abs_ps((__m512)v); }
INLINE float zmaxLanes(zf v) { return _mm512_reduce_max_ps((__m512)v); }
INLINE int32_t zsumLanes(zi v) { return _mm512_reduce_add_epi32((__m512i)v); }
INLINE zi zround(zf v) { return (zi)_mm512_cvtps_epi32((__m512)v); }
INLINE zf zfloat(zi v) { return (zf)_mm512_cvtepi32_ps((__m512i)v); }
INLINE void prefetchWrite(const void *p) { asm volatile("prefetchw %0" ::"m"(*(const char *)p)); }  // the builtin needs a flag of its own
// 16 f16 in memory; the low 16 bits of every lane as f16; the low 16 bits of every lane to memory.
INLINE zf zloadHalf(const void *p) { return (zf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p)); }
INLINE zf zhalf(zi v) { return (zf)_mm512_cvtph_ps(_mm512_cvtepi32_epi16((__m512i)v)); }
INLINE void zstore16(int16_t *p, zi v) { _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16((__m512i)v)); }
INLINE void zstore8(int8_t *p, zi v) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8((__m512i)v)); }
// acc + the sum of two products of 16 bits.
INLINE zi zdot16(zi acc, zi a, zi b) { return (zi)_mm512_dpwssd_epi32((__m512i)acc, (__m512i)a, (__m512i)b); }
// (a * b + 2^14) >> 15 of 16-bit lanes.
INLINE zi zmulHigh16(zi a, zi b) { return (zi)_mm512_mulhrs_epi16((__m512i)a, (__m512i)b); }
// Bytes of each 16-byte part picked by index; a negative index gives 0.
INLINE zi zshuffle8(zi v, zi index) { return (zi)_mm512_shuffle_epi8((__m512i)v, (__m512i)index); }
#else
ZOP zf zsplat(float x) { zf v; for (int i = 0; i < 16; i++) v[i] = x; return v; }
ZOP zi zsplatInt(int32_t x) { zi v; for (int i = 0; i < 16; i++) v[i] = x; return v; }
ZOP zf zfma(zf a, zf b, zf c) { for (int i = 0; i < 16; i++) c[i] = __builtin_fmaf(a[i], b[i], c[i]); return c; }
ZOP zf zmax(zf a, zf b) { return a > b ? a : b; }
ZOP zf zabs(zf v) { return (zf)((zi)v & 0x7fffffff); }
ZOP float zmaxLanes(zf v) { float m = v[0]; for (int i = 1; i < 16; i++) m = v[i] > m ? v[i] : m; return m; }
ZOP int32_t zsumLanes(zi v) { int32_t s = 0; for (int i = 0; i < 16; i++) s += v[i]; return s; }
ZOP zi zround(zf v) { zi r; for (int i = 0; i < 16; i++) r[i] = (int32_t)lrintf(v[i]); return r; }
ZOP zf zfloat(zi v) { return __builtin_convertvector(v, zf); }
ZOP void prefetchWrite(const void *) {}
ZOP zf zloadHalf(const void *p) { uint16_t h[16]; memcpy(h, p, 32); zf v; for (int i = 0; i < 16; i++) v[i] = f16ToFloat(h[i]); return v; }
ZOP zf zhalf(zi v) { zf r; for (int i = 0; i < 16; i++) r[i] = f16ToFloat((uint16_t)v[i]); return r; }
ZOP void zstore16(int16_t *p, zi v) { for (int i = 0; i < 16; i++) p[i] = (int16_t)v[i]; }
ZOP void zstore8(int8_t *p, zi v) { for (int i = 0; i < 16; i++) p[i] = (int8_t)v[i]; }
ZOP zi zdot16(zi acc, zi a, zi b) {
  zh x = (zh)a, y = (zh)b;
  for (int i = 0; i < 16; i++) acc[i] += (int32_t)x[2 * i] * y[2 * i] + (int32_t)x[2 * i + 1] * y[2 * i + 1];
  return acc;
}
ZOP zi zmulHigh16(zi a, zi b) {
  zh x = (zh)a, y = (zh)b;
  for (int i = 0; i < 32; i++) x[i] = (int16_t)(((int32_t)x[i] * y[i] + 0x4000) >> 15);
  return (zi)x;
}
ZOP zi zshuffle8(zi v, zi index) {
  zb x = (zb)v, n = (zb)index, r;
  for (int i = 0; i < 64; i++) r[i] = n[i] < 0 ? 0 : x[(i & ~15) + (n[i] & 15)];
  return (zi)r;
}
#endif

// Scales of the 16 rows of a quantised unit over the columns 16 q .. 16 q + 15, and minima.
INLINE zf zbytes(const uint8_t *p, bool isSigned) {
  zf v;
  for (int i = 0; i < 16; i++) v[i] = isSigned ? (float)(int8_t)p[i] : (float)p[i];
  return v;
}
template <Form F> INLINE zf zscales(const uint8_t *u, int q) {
  if (F == Q6K) return zload((const float *)u) * zbytes(u + 64 + q * 16, true);
  if (isNested(F)) return zloadHalf(u) * zbytes(u + 64 + q / 2 * 16, false);
  return zloadHalf(u + q / 2 * 32);
}
template <Form F> INLINE zf zminima(const uint8_t *u, int q) {
  if (isNested(F)) return zloadHalf(u + 32) * zbytes(u + 96 + q / 2 * 16, false);
  return zloadHalf(u + 64 + q / 2 * 32);
}

INLINE zi zrepeat16(const int8_t *p) { zi v; for (int i = 0; i < 4; i++) memcpy((char *)&v + i * 16, p, 16); return v; }
// Both 16-bit halves of each lane set to the low half.
INLINE zi zpairs(zi v) { return v << 16 | (v & 0xffff); }
// Columns k .. k+15 of a row of K, zero beyond it.
INLINE zf zloadRow(const float *x, int k, int K) {
  if (k + 16 <= K) return zload(x + k);
  float t[16] = {};
  if (k < K) memcpy(t, x + k, (size_t)(K - k) * 4);
  return zload(t);
}

// Columns 2j and 2j+1 of the 16 rows of a float unit.
template <Form F> INLINE void floatPair(const uint8_t *p, int j, zf *a, zf *b) {
  if (F == F32) { *a = zload((const float *)p + j * 32); *b = zload((const float *)p + j * 32 + 16); return; }
  if (F == F8) {  // as f16 bits: the exponent is 8 too small
    zi v = zloadInt(p + (j / 2) * 64) >> (j & 1) * 16, w = v >> 8;
    *a = zhalf((v & 0x80) << 8 | (v & 0x7f) << 7) * zsplat(256.f);
    *b = zhalf((w & 0x80) << 8 | (w & 0x7f) << 7) * zsplat(256.f);
    return;
  }
  zi v = zloadInt(p + j * 64);
  if (F == BF16) { *a = (zf)(v << 16); *b = (zf)(v & (int32_t)0xffff0000); return; }
  *a = zhalf(v);
  *b = zhalf(v >> 16);
}

// Apart: for the last group alone, unrolled, it was half the code of every product and half the time to compile it.
[[maybe_unused]] static __attribute__((noinline)) void finishPart(const Product &p, int g, const float *acc, int m0, int m1) {
  finishGroup(p, g, acc, m0, m1);
}
// finishGroup for sums [m1-m0][16], 16 rows at once where the group is whole.
INLINE void finishRows(const Product &p, int g, const float *acc, int m0, int m1) {
  if (g * 16 + 16 > p.w->rows) { finishPart(p, g, acc, m0, m1); return; }
  const zf factor = p.w->rowScale ? zload(p.w->rowScale + g * 16) : zsplat(1.f);
  for (int m = m0; m < m1; m++, acc += 16) {
    zf v = zload(acc) * factor;
    const size_t at = (size_t)m * p.ldOut + g * 16;
    if (p.residual) v = zload(p.residual + at) + v;
    zstore(p.out + at, v);
  }
}

}  // namespace
}  // namespace llamero
