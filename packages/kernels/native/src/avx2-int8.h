// Weights of four and five bits on AVX2: codes are unsigned bytes and activations signed ones with a scale each 32 columns, so
// that vpmaddubsw multiplies 32 pairs at once; 8 of its results (5 bits: 4) fit 16 bits before they must be widened.
// The largest activation of a block is multiplied apart, in f32: the scale of the others is smaller by it, and the error a
// quarter in power (measured on real activations).
#pragma once
#include "avx2.h"

namespace llamero {
namespace {

constexpr uint32_t INT8_FORMS = 1u << Q4 | 1u << Q4M | 1u << Q4K | 1u << Q5M | 1u << Q5K;
constexpr int ACT_MAX_8 = 127;
static_assert(8 * 2 * 15 * ACT_MAX_8 < 1 << 15 && 4 * 2 * 31 * ACT_MAX_8 < 1 << 15);

// [M][columns, padded] bytes, then of every block of 32 columns, [M][blocks]: the scale, the sum of the values, the value of
// largest magnitude, which has a zero among the bytes, and its column.
struct Int8Rows { int8_t *q; float *scale, *sum, *peak; uint8_t *peakColumn; int ld, blocks; };
INLINE Int8Rows int8Rows(int M, int K, void *base) {
  const int ld = (K + UNIT_COLS - 1) / UNIT_COLS * UNIT_COLS, blocks = ld / QUANT_BLOCK;
  const size_t n = (size_t)M * blocks;
  float *scale = (float *)((uint8_t *)base + (size_t)M * ld);
  return {(int8_t *)base, scale, scale + n, scale + 2 * n, (uint8_t *)(scale + 3 * n), ld, blocks};
}
size_t int8ActBytes(int M, int K) {
  const Int8Rows r = int8Rows(M, K, nullptr);
  return (size_t)M * (r.ld + r.blocks * 13);
}
void int8Act(const Activations &x, int m0, int m1, void *out) {
  const Int8Rows o = int8Rows(x.M, x.K, out);
  const __m256i order = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  for (int m = m0; m < m1; m++) for (int b = 0; b < o.blocks; b++) {
    const float *from = x.f32 + (size_t)m * x.ld + b * 32;
    alignas(32) float tail[32] = {};
    const int left = x.K - b * 32;
    if (left < 32) { if (left > 0) memcpy(tail, from, (size_t)left * 4); from = tail; }
    __m256 v[4];
    unrolled<4>([&]<int i>() ALWAYS { v[i] = _mm256_loadu_ps(from + i * 8); });
    auto largest = [&] { return reduceMax(absMax(absMax(absMax(absMax(_mm256_setzero_ps(), v[0]), v[1]), v[2]), v[3])); };
    const __m256 most = _mm256_set1_ps(largest());
    uint32_t at = 0;
    unrolled<4>([&]<int i>() ALWAYS { at |= (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.f), v[i]), most, _CMP_EQ_OQ)) << (i * 8); });
    const int column = at ? __builtin_ctz(at) : 0;  // none is equal where all are NaN
    const float peak = from[column];
    unrolled<4>([&]<int i>() ALWAYS { v[i] = _mm256_andnot_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(order, _mm256_set1_epi32(column - i * 8))), v[i]); });
    const float top = largest(), scale = top / ACT_MAX_8;
    const __m256 inv = _mm256_set1_ps(top > 0 ? ACT_MAX_8 / top : 0.f);
    __m256i q[4];
    unrolled<4>([&]<int i>() ALWAYS { q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], inv)); });
    const __m256i total = _mm256_add_epi32(_mm256_add_epi32(q[0], q[1]), _mm256_add_epi32(q[2], q[3]));
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    _mm256_storeu_si256((__m256i *)(o.q + (size_t)m * o.ld + b * 32), _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
    __m128i t = _mm_add_epi32(_mm256_castsi256_si128(total), _mm256_extracti128_si256(total, 1));
    t = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0x4e));
    const size_t n = (size_t)m * o.blocks + b;
    o.scale[n] = scale;
    o.sum[n] = scale * (float)_mm_cvtsi128_si32(_mm_add_epi32(t, _mm_shuffle_epi32(t, 0xb1))) + peak;
    o.peak[n] = peak;
    o.peakColumn[n] = (uint8_t)column;
  }
}

// Columns 4 k .. 4 k + 3 of the fifth bits, in their place in a code.
INLINE __m256i fifthBit(__m256i high, int k) {
  return _mm256_and_si256(k < 4 ? _mm256_slli_epi16(high, 4 - k) : _mm256_srli_epi16(high, k - 4), _mm256_set1_epi8(16));
}
// Columns 4 k .. 4 k + 3 of 8 rows of block B of a unit as bytes.
template <Form F, int B> INLINE __m256i codes(const uint8_t *u, int k, int half) {
  const uint8_t *t = u + payloadOffset(F) + half * 32;
  __m256i v = _mm256_loadu_si256((const __m256i *)(t + k * 64));
  v = _mm256_and_si256(B ? _mm256_srli_epi16(v, 4) : v, _mm256_set1_epi8(15));
  return isFiveBit(F) ? _mm256_or_si256(v, fifthBit(_mm256_loadu_si256((const __m256i *)(t + 512 + B * 64)), k)) : v;
}
// Byte j of each of eight lanes, zero extended.
alignas(32) constexpr int8_t ONE_BYTE[4][32] = {
#define BYTE(j) j, -1, -1, -1, j + 4, -1, -1, -1, j + 8, -1, -1, -1, j + 12, -1, -1, -1
    {BYTE(0), BYTE(0)}, {BYTE(1), BYTE(1)}, {BYTE(2), BYTE(2)}, {BYTE(3), BYTE(3)}};
#undef BYTE
// Column `column` of 8 rows of block B of a unit, or of a panel's block.
template <Form F, int B, bool Panel> INLINE __m256 oneColumn(const uint8_t *w, int column, int half) {
  const uint8_t *t = w + (Panel ? 0 : payloadOffset(F)) + half * 32;
  const __m256i byte = _mm256_load_si256((const __m256i *)ONE_BYTE[column & 3]);
  __m256i v = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(t + (column & 28) * 16)), byte);
  if (Panel) return _mm256_cvtepi32_ps(v);
  v = B ? _mm256_srli_epi32(v, 4) : _mm256_and_si256(v, _mm256_set1_epi32(15));
  if (isFiveBit(F)) {
    const __m256i bit = _mm256_set1_epi32(1 << column / 4), fifth = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(t + 512 + B * 64)), byte);
    v = _mm256_or_si256(v, _mm256_and_si256(_mm256_cmpeq_epi32(_mm256_and_si256(fifth, bit), bit), _mm256_set1_epi32(16)));
  }
  return _mm256_cvtepi32_ps(v);
}
template <Form F> INLINE __m256 minima(const uint8_t *u, int q, int half) {
  if (isNested(F)) return _mm256_mul_ps(halves(u + 32 + half * 16), unsignedBytes(u + 96 + q / 2 * 16 + half * 8));
  return halves(u + 64 + q / 2 * 32 + half * 16);
}
template <Form F> INLINE __m256 offsets(const uint8_t *u, int block, int half) {
  return F == Q4 ? _mm256_mul_ps(scales<F>(u, block * 2, half), _mm256_set1_ps(-8.f)) : minima<F>(u, block * 2, half);
}
// A panel's block: codes [k/4][16 rows][4 k], scales and offsets [16 rows] f32 each.
constexpr int INT8_BLOCK = 512 + 64 + 64;
template <Form F> static void int8Panel(const uint8_t *u, int units, uint8_t *out) {
  for (int i = 0; i < units; i++, u += UNIT_BYTES[F]) unrolled<2>([&]<int b>() ALWAYS {
    for (int half = 0; half < 2; half++) {
      for (int k = 0; k < 8; k++) _mm256_store_si256((__m256i *)(out + k * 64 + half * 32), codes<F, b>(u, k, half));
      _mm256_store_ps((float *)(out + 512) + half * 8, scales<F>(u, b * 2, half));
      _mm256_store_ps((float *)(out + 576) + half * 8, offsets<F>(u, b, half));
    }
    out += INT8_BLOCK;
  });
}
// R rows from row m and unit u0 on against `units` units of a group at `w`, as packed or as a panel: acc [R][16] += .
template <Form F, int R, bool Panel> static __attribute__((noinline)) void int8Tile(const Int8Rows &x, int m, int u0, int units, const uint8_t *w, float *acc) {
  const __m256i ones = _mm256_set1_epi16(1);
  const int8_t *q = x.q + (size_t)m * x.ld + u0 * UNIT_COLS;
  size_t n = (size_t)m * x.blocks + u0 * 2;
  const size_t ld = x.ld, blocks = x.blocks;
  __m256 out[R][2];
  loadSums(acc, out);
  for (int i = 0; i < units; i++) unrolled<2>([&]<int b>() ALWAYS {
    if (!Panel && b == 0) for (int j = 0; j < UNIT_BYTES[F]; j += 64) _mm_prefetch((const char *)w + AHEAD + j, _MM_HINT_T0);
    __m256i s[R][2], wide[R][2];
    unrolled<8>([&]<int k>() ALWAYS {
      const __m256i w0 = Panel ? _mm256_load_si256((const __m256i *)(w + k * 64)) : codes<F, b>(w, k, 0);
      const __m256i w1 = Panel ? _mm256_load_si256((const __m256i *)(w + k * 64 + 32)) : codes<F, b>(w, k, 1);
      unrolled<R>([&]<int r>() ALWAYS {
        const __m256i v = splat4(q + r * ld + k * 4);
        const __m256i p0 = _mm256_maddubs_epi16(w0, v), p1 = _mm256_maddubs_epi16(w1, v);
        if constexpr (k == 0 || (isFiveBit(F) && k == 4)) {
          if constexpr (k == 4) { wide[r][0] = _mm256_madd_epi16(s[r][0], ones); wide[r][1] = _mm256_madd_epi16(s[r][1], ones); }
          s[r][0] = p0;
          s[r][1] = p1;
        } else {
          s[r][0] = _mm256_add_epi16(s[r][0], p0);
          s[r][1] = _mm256_add_epi16(s[r][1], p1);
        }
        KEEP(s[r][0]); KEEP(s[r][1]);
      });
    });
    auto ready = [&](int at) { return _mm256_load_ps((const float *)(w + 512) + at); };
    const __m256 d0 = Panel ? ready(0) : scales<F>(w, b * 2, 0), d1 = Panel ? ready(8) : scales<F>(w, b * 2, 1);
    const __m256 o0 = Panel ? ready(16) : offsets<F>(w, b, 0), o1 = Panel ? ready(24) : offsets<F>(w, b, 1);
    unrolled<R>([&]<int r>() ALWAYS {
      __m256i i0 = _mm256_madd_epi16(s[r][0], ones), i1 = _mm256_madd_epi16(s[r][1], ones);
      if constexpr (isFiveBit(F)) { i0 = _mm256_add_epi32(i0, wide[r][0]); i1 = _mm256_add_epi32(i1, wide[r][1]); }
      const size_t at = n + r * blocks;
      const __m256 f = _mm256_set1_ps(x.scale[at]), e = _mm256_set1_ps(x.peak[at]), t = _mm256_set1_ps(x.sum[at]);
      const int column = x.peakColumn[at];
      const __m256 p0 = _mm256_fmadd_ps(oneColumn<F, b, Panel>(w, column, 0), e, _mm256_mul_ps(_mm256_cvtepi32_ps(i0), f));
      const __m256 p1 = _mm256_fmadd_ps(oneColumn<F, b, Panel>(w, column, 1), e, _mm256_mul_ps(_mm256_cvtepi32_ps(i1), f));
      out[r][0] = _mm256_fmadd_ps(d0, p0, _mm256_fmadd_ps(o0, t, out[r][0]));
      out[r][1] = _mm256_fmadd_ps(d1, p1, _mm256_fmadd_ps(o1, t, out[r][1]));
    });
    q += QUANT_BLOCK; n++;
    if (Panel) w += INT8_BLOCK; else if (b == 1) w += UNIT_BYTES[F];
  });
  storeSums(acc, out);
}
constexpr int INT8_TILE = 4, INT8_STREAM = 32;  // rows of a tile; rows up to which weights are used as they are packed
template <Form F> static void streamInt8(const Product &p, const Activations &x, int g0, int g1) {
  const Int8Rows rows = int8Rows(x.M, x.K, const_cast<void *>(x.native));
  for (int g = g0; g < g1; g++) for (int m = 0; m < x.M; m += INT8_TILE) withCount<INT8_TILE>(x.M - m < INT8_TILE ? x.M - m : INT8_TILE, [&]<int R>() ALWAYS {
    alignas(32) float acc[R * 16] = {};
    int8Tile<F, R, false>(rows, m, 0, p.w->units, p.w->unit(g, 0), acc);
    finishGroup(p, g, acc, m, m + R);
  });
}

}  // namespace
}  // namespace llamero
