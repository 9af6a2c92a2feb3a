// AVX2: fast mode multiplies 16-bit integers (vpmaddwd): activations in 13 bits, weights in 12, one scale each
// 256 columns, so it adds far less error than 8-bit activations and needs no rescale inside a block.
#include "portable.h"
#include <immintrin.h>

namespace llamero {
namespace {

INLINE __m256 halves(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
INLINE __m256 unsignedBytes(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
INLINE __m256 signedBytes(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
// Scales of eight rows of a quantised unit over the columns 16 q .. 16 q + 15, and minima.
template <Form F> INLINE __m256 scales(const uint8_t *u, int q, int half) {
  if (F == Q6K) return _mm256_mul_ps(_mm256_loadu_ps((const float *)u + half * 8), signedBytes(u + 64 + q * 16 + half * 8));
  if (isNested(F)) return _mm256_mul_ps(halves(u + half * 16), unsignedBytes(u + 64 + q / 2 * 16 + half * 8));
  return halves(u + q / 2 * 32 + half * 16);
}
template <Form F> INLINE __m256 minima(const uint8_t *u, int q, int half) {
  if (isNested(F)) return _mm256_mul_ps(halves(u + 32 + half * 16), unsignedBytes(u + 96 + q / 2 * 16 + half * 8));
  return halves(u + 64 + q / 2 * 32 + half * 16);
}
INLINE __m256 absMax(__m256 m, __m256 v) { return _mm256_max_ps(m, _mm256_andnot_ps(_mm256_set1_ps(-0.f), v)); }
INLINE float reduceMax(__m256 v) {
  __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  a = _mm_max_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}

// q = round(x / scale) in +-ACT_MAX, one scale each ACT_BLOCK columns, zero padded to UNIT_COLS; sums of each 32.
void quantizeRow(const float *x, int K, int16_t *q, float *scale, int32_t *sum) {
  const int padded = (K + UNIT_COLS - 1) / UNIT_COLS * UNIT_COLS;
  for (int b = 0; b * ACT_BLOCK < padded; b++) {
    int k0 = b * ACT_BLOCK, k1 = k0 + ACT_BLOCK < padded ? k0 + ACT_BLOCK : padded, ke = k1 < K ? k1 : K, k = k0;
    __m256 m = _mm256_setzero_ps();
    for (; k + 8 <= ke; k += 8) m = absMax(m, _mm256_loadu_ps(x + k));
    float top = reduceMax(m);
    for (; k < ke; k++) top = fabsf(x[k]) > top ? fabsf(x[k]) : top;
    scale[b] = top / ACT_MAX;
    __m256 inv = _mm256_set1_ps(top > 0 ? ACT_MAX / top : 0.f);
    for (k = k0; k < k1; k += 32) {
      __m256i total = _mm256_setzero_si256();
      for (int j = 0; j < 32; j += 16) {
        __m256 a, c;
        if (k + j + 16 <= K) { a = _mm256_loadu_ps(x + k + j); c = _mm256_loadu_ps(x + k + j + 8); }
        else {
          float t[16] = {};
          if (k + j < K) memcpy(t, x + k + j, (size_t)(K - k - j) * 4);
          a = _mm256_loadu_ps(t); c = _mm256_loadu_ps(t + 8);
        }
        __m256i i0 = _mm256_cvtps_epi32(_mm256_mul_ps(a, inv)), i1 = _mm256_cvtps_epi32(_mm256_mul_ps(c, inv));
        total = _mm256_add_epi32(total, _mm256_add_epi32(i0, i1));
        _mm256_storeu_si256((__m256i *)(q + k + j), _mm256_permute4x64_epi64(_mm256_packs_epi32(i0, i1), 0xd8));
      }
      __m128i t = _mm_add_epi32(_mm256_castsi256_si128(total), _mm256_extracti128_si256(total, 1));
      t = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0x4e));
      sum[k / 32] = _mm_cvtsi128_si32(_mm_add_epi32(t, _mm_shuffle_epi32(t, 0xb1)));
    }
  }
}

// ---------------------------------------------------------------- panels: [k/2][16 rows][2 k] int16, a scale a row
// Both 16-bit halves of each lane set to the low half.
INLINE __m256i pairs(__m256i v) { return _mm256_or_si256(_mm256_slli_epi32(v, 16), _mm256_and_si256(v, _mm256_set1_epi32(0xffff))); }
INLINE __m256 reciprocal(__m256 s) {  // 1/s, 0 where s is 0
  return _mm256_and_ps(_mm256_cmp_ps(s, _mm256_setzero_ps(), _CMP_GT_OQ), _mm256_div_ps(_mm256_set1_ps(1.f), s));
}
// Columns 4 k .. 4 k + 3 of the fifth bits, in their place in a code.
INLINE __m256i fifthBit(__m256i high, int k) {
  return _mm256_and_si256(k < 4 ? _mm256_slli_epi16(high, 4 - k) : _mm256_srli_epi16(high, k - 4), _mm256_set1_epi8(16));
}
// Columns 4 k .. 4 k + 3 of 16 of the low bits of Q6K, in their place.
INLINE __m256i lowBits(__m256i low, int k) {
  return _mm256_and_si256(k < 1 ? _mm256_slli_epi16(low, 2) : _mm256_srli_epi16(low, 2 * k - 2), _mm256_set1_epi8(12));
}
// Eight rows of `units` quantised units (at most 4): w16 = round(w / S), S = max |w| possible / PANEL_MAX.
template <Form F> INLINE void panelQuantized(const uint8_t *u, int units, int half, int16_t *out, float *S) {
  constexpr bool nibbles = F != Q8, min = hasMin(F), six = F == Q6K;
  constexpr float range = F == Q8 ? 127.f : six ? 128.f : isFiveBit(F) ? 31.f : F == Q4 ? 8.f : 15.f;
  // The product of (q << SHIFT) and a 16-bit multiplier, with rounding, is q * multiplier >> (15 - SHIFT).
  constexpr int SHIFT = F == Q4M || F == Q4K ? 11 : 8;
  __m256 top = _mm256_setzero_ps();
  for (int i = 0; i < units; i++) for (int q = 0; q < 4; q += six ? 1 : 2) {
    const uint8_t *s = u + (size_t)i * UNIT_BYTES[F];
    __m256 d = scales<F>(s, q, half);
    if (min) { __m256 m = minima<F>(s, q, half); top = absMax(absMax(top, m), _mm256_fmadd_ps(d, _mm256_set1_ps(range), m)); }
    else top = absMax(top, _mm256_mul_ps(d, _mm256_set1_ps(range)));
  }
  __m256 scale = _mm256_mul_ps(top, _mm256_set1_ps(1.f / PANEL_MAX)), inv = reciprocal(scale);
  _mm256_storeu_ps(S, scale);
  const __m256i lowPair = _mm256_setr_epi8(-1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13);
  const __m256i highPair = _mm256_add_epi8(lowPair, _mm256_setr_epi8(0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2));
  for (int i = 0; i < units; i++) for (int b = 0; b < 2; b++) {
    const uint8_t *p = u + (size_t)i * UNIT_BYTES[F];
    auto multiplier = [&](int q) { return pairs(_mm256_cvtps_epi32(_mm256_mul_ps(_mm256_mul_ps(scales<F>(p, q, half), inv), _mm256_set1_ps((float)(1 << (15 - SHIFT)))))); };
    const __m256i r0 = multiplier(b * 2), r1 = six ? multiplier(b * 2 + 1) : r0;
    __m256i m = min ? pairs(_mm256_cvtps_epi32(_mm256_mul_ps(minima<F>(p, b * 2, half), inv))) : _mm256_setzero_si256();
    const uint8_t *t = p + payloadOffset(F) + (nibbles ? 0 : b * 512) + half * 32;
    int16_t *o = out + (size_t)(i * 2 + b) * 16 * 32 + half * 16;
    const uint8_t *more = p + payloadOffset(F) + 512 + b * (six ? 128 : 64) + half * 32;
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(t + k * 64));
      const __m256i r = k < 4 ? r0 : r1;
      if (six) v = _mm256_or_si256(_mm256_and_si256(b ? v : _mm256_slli_epi16(v, 4), _mm256_set1_epi8((char)0xf0)), lowBits(_mm256_loadu_si256((const __m256i *)(more + k / 4 * 64)), k % 4));
      else if (nibbles) v = _mm256_and_si256(b ? _mm256_srli_epi16(v, 4) : v, _mm256_set1_epi8(15));
      if (isFiveBit(F)) v = _mm256_or_si256(v, fifthBit(_mm256_loadu_si256((const __m256i *)more), k));
      if (F == Q4) v = _mm256_sub_epi8(v, _mm256_set1_epi8(8));
      __m256i a = _mm256_shuffle_epi8(v, lowPair), c = _mm256_shuffle_epi8(v, highPair);
      if (SHIFT > 8) { a = _mm256_slli_epi16(a, SHIFT - 8); c = _mm256_slli_epi16(c, SHIFT - 8); }
      a = _mm256_mulhrs_epi16(a, r); c = _mm256_mulhrs_epi16(c, r);
      if (min) { a = _mm256_add_epi16(a, m); c = _mm256_add_epi16(c, m); }
      _mm256_storeu_si256((__m256i *)(o + k * 64), a);
      _mm256_storeu_si256((__m256i *)(o + k * 64 + 32), c);
    }
  }
}
// Columns 2j and 2j+1 of eight rows of a float unit, as f32.
INLINE __m256 half8(__m256i low16) {
  return _mm256_cvtph_ps(_mm_packus_epi32(_mm256_castsi256_si128(low16), _mm256_extracti128_si256(low16, 1)));
}
template <Form F> INLINE void floatPair(const uint8_t *p, int j, int half, __m256 *a, __m256 *b) {
  if (F == F32) { *a = _mm256_loadu_ps((const float *)p + j * 32 + half * 8); *b = _mm256_loadu_ps((const float *)p + j * 32 + 16 + half * 8); return; }
  if (F == F8) {
    __m256i v = _mm256_loadu_si256((const __m256i *)(p + (j / 2) * 64 + half * 32));
    if (j & 1) v = _mm256_srli_epi32(v, 16);
    auto bits = [](__m256i x) { return _mm256_or_si256(_mm256_slli_epi32(_mm256_and_si256(x, _mm256_set1_epi32(0x80)), 8), _mm256_slli_epi32(_mm256_and_si256(x, _mm256_set1_epi32(0x7f)), 7)); };
    *a = _mm256_mul_ps(half8(bits(v)), _mm256_set1_ps(256.f));
    *b = _mm256_mul_ps(half8(bits(_mm256_srli_epi32(v, 8))), _mm256_set1_ps(256.f));
    return;
  }
  __m256i v = _mm256_loadu_si256((const __m256i *)(p + j * 64 + half * 32));
  if (F == BF16) { *a = _mm256_castsi256_ps(_mm256_slli_epi32(v, 16)); *b = _mm256_castsi256_ps(_mm256_and_si256(v, _mm256_set1_epi32((int)0xffff0000))); return; }
  *a = half8(_mm256_and_si256(v, _mm256_set1_epi32(0xffff)));
  *b = half8(_mm256_srli_epi32(v, 16));
}
template <Form F> INLINE void panelFloat(const uint8_t *u, int units, int half, int16_t *out, float *S) {
  __m256 top = _mm256_setzero_ps(), a, b;
  for (int i = 0; i < units; i++) for (int j = 0; j < 32; j++) { floatPair<F>(u + (size_t)i * UNIT_BYTES[F], j, half, &a, &b); top = absMax(absMax(top, a), b); }
  __m256 scale = _mm256_mul_ps(top, _mm256_set1_ps(1.f / PANEL_MAX)), inv = reciprocal(scale);
  _mm256_storeu_ps(S, scale);
  for (int i = 0; i < units; i++) for (int j = 0; j < 32; j++) {
    floatPair<F>(u + (size_t)i * UNIT_BYTES[F], j, half, &a, &b);
    __m256i x = _mm256_cvtps_epi32(_mm256_mul_ps(a, inv)), y = _mm256_cvtps_epi32(_mm256_mul_ps(b, inv));
    _mm256_storeu_si256((__m256i *)(out + (size_t)(i * 32 + j) * 32 + half * 16), _mm256_or_si256(_mm256_slli_epi32(y, 16), _mm256_and_si256(x, _mm256_set1_epi32(0xffff))));
  }
}
static void makePanel(const Weight &w, int group, int u0, int units, int16_t *out, float *S) {
  const uint8_t *u = w.unit(group, u0);
  for (int half = 0; half < 2; half++) switch (w.form) {
    case F32: panelFloat<F32>(u, units, half, out, S + half * 8); break;
    case F16: panelFloat<F16>(u, units, half, out, S + half * 8); break;
    case BF16: panelFloat<BF16>(u, units, half, out, S + half * 8); break;
    case F8: panelFloat<F8>(u, units, half, out, S + half * 8); break;
    case Q8: panelQuantized<Q8>(u, units, half, out, S + half * 8); break;
    case Q5M: panelQuantized<Q5M>(u, units, half, out, S + half * 8); break;
    case Q4: panelQuantized<Q4>(u, units, half, out, S + half * 8); break;
    case Q4M: panelQuantized<Q4M>(u, units, half, out, S + half * 8); break;
    case Q4K: panelQuantized<Q4K>(u, units, half, out, S + half * 8); break;
    case Q5K: panelQuantized<Q5K>(u, units, half, out, S + half * 8); break;
    case Q6K: panelQuantized<Q6K>(u, units, half, out, S + half * 8); break;
    default: break;
  }
}

// ---------------------------------------------------------------- products of panels
constexpr int ACT_UNITS = ACT_BLOCK / UNIT_COLS;              // units a scale block
constexpr int PANEL_BLOCKS = 8, PANEL_GROUPS = 4;             // 64 rows x 2048 columns: 256 KiB, half of a small L2
constexpr int GROUP_PANEL = PANEL_BLOCKS * ACT_BLOCK * 16;    // int16 of one group

// MR rows of activations against one group over `blocks` scale blocks: acc [MR][16] f32 += .
template <int MR> INLINE void tile(const int16_t *x, int ldx, const float *sx, int lds, const int16_t *w, const float *sw, int blocks, int lastPairs, float *acc) {
  for (int b = 0; b < blocks; b++) {
    const int n = b == blocks - 1 ? lastPairs : ACT_BLOCK / 2;
    const int16_t *xb = x + b * ACT_BLOCK, *wb = w + (size_t)b * ACT_BLOCK * 16;
    __m256i a[MR][2];
#pragma GCC unroll 6
    for (int i = 0; i < MR; i++) a[i][0] = a[i][1] = _mm256_setzero_si256();
    for (int p = 0; p < n; p++) {
      __m256i w0 = _mm256_load_si256((const __m256i *)(wb + p * 32)), w1 = _mm256_load_si256((const __m256i *)(wb + p * 32 + 16));
#pragma GCC unroll 6
      for (int i = 0; i < MR; i++) {
        int32_t pair; memcpy(&pair, xb + (size_t)i * ldx + p * 2, 4);
        __m256i v = _mm256_set1_epi32(pair);
        a[i][0] = _mm256_add_epi32(a[i][0], _mm256_madd_epi16(w0, v));
        a[i][1] = _mm256_add_epi32(a[i][1], _mm256_madd_epi16(w1, v));
        asm volatile("" : "+x"(a[i][0]), "+x"(a[i][1]));  // keeps GCC from hoisting all loads and spilling the sums
      }
    }
    __m256 s0 = _mm256_load_ps(sw + b * 16), s1 = _mm256_load_ps(sw + b * 16 + 8);
#pragma GCC unroll 6
    for (int i = 0; i < MR; i++) {
      __m256 s = _mm256_set1_ps(sx[(size_t)i * lds + b]);
      _mm256_storeu_ps(acc + i * 16, _mm256_fmadd_ps(_mm256_cvtepi32_ps(a[i][0]), _mm256_mul_ps(s0, s), _mm256_loadu_ps(acc + i * 16)));
      _mm256_storeu_ps(acc + i * 16 + 8, _mm256_fmadd_ps(_mm256_cvtepi32_ps(a[i][1]), _mm256_mul_ps(s1, s), _mm256_loadu_ps(acc + i * 16 + 8)));
    }
  }
}
static void linearPanels(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  int16_t *panel = (int16_t *)scratch;
  float *S = (float *)(panel + (size_t)PANEL_GROUPS * GROUP_PANEL);
  const int units = p.w->units;
  for (int gb = g0; gb < g1; gb += PANEL_GROUPS) {
    const int groups = g1 - gb < PANEL_GROUPS ? g1 - gb : PANEL_GROUPS;
    for (int u0 = 0; u0 < units; u0 += PANEL_BLOCKS * ACT_UNITS) {
      const int u1 = u0 + PANEL_BLOCKS * ACT_UNITS < units ? u0 + PANEL_BLOCKS * ACT_UNITS : units, b0 = u0 / ACT_UNITS;
      const int blocks = (u1 - u0 + ACT_UNITS - 1) / ACT_UNITS, lastPairs = (u1 - u0 - (blocks - 1) * ACT_UNITS) * UNIT_COLS / 2;
      for (int g = 0; g < groups; g++) for (int b = 0; b < blocks; b++) {
        int u = u0 + b * ACT_UNITS;
        makePanel(*p.w, gb + g, u, u1 - u < ACT_UNITS ? u1 - u : ACT_UNITS, panel + (size_t)g * GROUP_PANEL + (size_t)b * ACT_BLOCK * 16, S + (g * PANEL_BLOCKS + b) * 16);
      }
      const bool first = u0 == 0, last = u1 == units;
      for (int m = 0; m < x.M;) {
        const int rows = x.M - m < 6 ? x.M - m : 6;
        const int16_t *xq = x.q + (size_t)m * x.qld + u0 * UNIT_COLS;
        const float *sx = x.scale + (size_t)m * x.blocks + b0;
        for (int g = 0; g < groups; g++) {
          alignas(32) float acc[6 * 16];
          const int n0 = (gb + g) * 16;
          const bool whole = n0 + 16 <= p.w->rows;
          if (first) memset(acc, 0, sizeof acc);
          else for (int i = 0; i < rows; i++) for (int j = 0; j < 16; j++) acc[i * 16 + j] = n0 + j < p.w->rows ? p.out[(size_t)(m + i) * p.ldOut + n0 + j] : 0;
          const int16_t *w = panel + (size_t)g * GROUP_PANEL;
          const float *sw = S + g * PANEL_BLOCKS * 16;
          switch (rows) {
            case 6: tile<6>(xq, x.qld, sx, x.blocks, w, sw, blocks, lastPairs, acc); break;
            case 5: tile<5>(xq, x.qld, sx, x.blocks, w, sw, blocks, lastPairs, acc); break;
            case 4: tile<4>(xq, x.qld, sx, x.blocks, w, sw, blocks, lastPairs, acc); break;
            case 3: tile<3>(xq, x.qld, sx, x.blocks, w, sw, blocks, lastPairs, acc); break;
            case 2: tile<2>(xq, x.qld, sx, x.blocks, w, sw, blocks, lastPairs, acc); break;
            default: tile<1>(xq, x.qld, sx, x.blocks, w, sw, blocks, lastPairs, acc);
          }
          if (last) finishGroup(p, gb + g, acc, m, m + rows);
          else for (int i = 0; i < rows; i++) memcpy(p.out + (size_t)(m + i) * p.ldOut + n0, acc + i * 16, (size_t)(whole ? 16 : p.w->rows - n0) * 4);
        }
        m += rows;
      }
    }
  }
}

// ---------------------------------------------------------------- few rows: weights streamed, at most four rows at a time
constexpr int AHEAD = 1536;  // bytes of prefetch distance
// 64 columns of activations, in each four [k0 k1 k2 k3] -> [k0 k2 k1 k3].
INLINE void evenOdd(const int16_t *q, int32_t *out) {
  for (int j = 0; j < 4; j++) {
    const __m256i v = _mm256_loadu_si256((const __m256i *)(q + j * 16));
    _mm256_store_si256((__m256i *)(out + j * 8), _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(v, 0xd8), 0xd8));
  }
}
// Quantised forms: the even and odd columns of each four, as 16-bit lanes of the row.
template <Form F, int M> static void streamQuantized(const Product &p, const Activations &x, int g0, int g1) {
  constexpr bool min = hasMin(F);
  const __m256i low = _mm256_set1_epi32(0x000f000f);
  const int units = p.w->units;
  alignas(32) int32_t xp[M][32];  // for each four columns the pairs (k0, k2) and (k1, k3)
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    __m256 out[M][2];
    for (int m = 0; m < M; m++) out[m][0] = out[m][1] = _mm256_setzero_ps();
    for (int i = 0; i < units; i++, u += UNIT_BYTES[F]) {
      for (int j = 0; j < UNIT_BYTES[F]; j += 64) _mm_prefetch((const char *)u + AHEAD + j, _MM_HINT_T0);
      for (int m = 0; m < M; m++) evenOdd(x.q + (size_t)m * x.qld + i * UNIT_COLS, xp[m]);
      const uint8_t *t = u + payloadOffset(F);
#pragma GCC unroll 2
      for (int b = 0; b < 2; b++) {
        const int block = i * 2 + b, lds = x.qld / QUANT_BLOCK;
        __m256i s[M][2];
        for (int m = 0; m < M; m++) s[m][0] = s[m][1] = F == Q4 ? _mm256_set1_epi32(-8 * x.sum[(size_t)m * lds + block]) : _mm256_setzero_si256();
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++) for (int h = 0; h < 2; h++) {
          __m256i v = _mm256_loadu_si256((const __m256i *)(t + (F == Q8 ? b * 512 : 0) + k * 64 + h * 32)), even, odd;
          if (isFiveBit(F)) {
            const __m256i fifth = _mm256_loadu_si256((const __m256i *)(t + 512 + b * 64 + h * 32));
            v = _mm256_or_si256(_mm256_and_si256(b ? _mm256_srli_epi16(v, 4) : v, _mm256_set1_epi8(15)), fifthBit(fifth, k));
            even = _mm256_and_si256(v, _mm256_set1_epi16(255));
            odd = _mm256_srli_epi16(v, 8);
          } else if (isFourBit(F)) {
            even = _mm256_and_si256(b ? _mm256_srli_epi16(v, 4) : v, low);
            odd = b ? _mm256_srli_epi16(v, 12) : _mm256_and_si256(_mm256_srli_epi16(v, 8), low);
          } else {
            even = _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8);
            odd = _mm256_srai_epi16(v, 8);
          }
          for (int m = 0; m < M; m++) {
            s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(even, _mm256_set1_epi32(xp[m][b * 16 + 2 * k])));
            s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(odd, _mm256_set1_epi32(xp[m][b * 16 + 2 * k + 1])));
          }
        }
        const __m256 d0 = scales<F>(u, b * 2, 0), d1 = scales<F>(u, b * 2, 1);
        for (int m = 0; m < M; m++) {
          const float sx = x.scale[(size_t)m * x.blocks + i / ACT_UNITS];
          const __m256 f = _mm256_set1_ps(sx);
          out[m][0] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s[m][0]), _mm256_mul_ps(d0, f), out[m][0]);
          out[m][1] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s[m][1]), _mm256_mul_ps(d1, f), out[m][1]);
          if (min) {
            const __m256 xs = _mm256_set1_ps(sx * (float)x.sum[(size_t)m * lds + block]);
            out[m][0] = _mm256_fmadd_ps(minima<F>(u, b * 2, 0), xs, out[m][0]);
            out[m][1] = _mm256_fmadd_ps(minima<F>(u, b * 2, 1), xs, out[m][1]);
          }
        }
      }
    }
    float acc[M][16];
    for (int m = 0; m < M; m++) { _mm256_storeu_ps(acc[m], out[m][0]); _mm256_storeu_ps(acc[m] + 8, out[m][1]); }
    finishGroup(p, g, acc[0], 0, M);
  }
}
// Q6K: codes in the upper byte of a lane, so that no sign needs extending. A sum over 16 columns is 1024 times the codes'
// and still fits: 16 * 32 * 1024 * ACT_MAX < 2^31.
template <int M> static void streamSix(const Product &p, const Activations &x, int g0, int g1) {
  static_assert(16LL * 32 * 1024 * ACT_MAX < 1LL << 31);
  const int units = p.w->units;
  const __m256i top = _mm256_set1_epi8((char)0xf0), upper = _mm256_set1_epi16((short)0xff00);
  alignas(32) int32_t xp[M][32];
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    __m256 out[M][2];
    for (int m = 0; m < M; m++) out[m][0] = out[m][1] = _mm256_setzero_ps();
    for (int i = 0; i < units; i++, u += UNIT_BYTES[Q6K]) {
      for (int j = 0; j < UNIT_BYTES[Q6K]; j += 64) _mm_prefetch((const char *)u + AHEAD + j, _MM_HINT_T0);
      for (int m = 0; m < M; m++) evenOdd(x.q + (size_t)m * x.qld + i * UNIT_COLS, xp[m]);
      __m256 f[M];
      for (int m = 0; m < M; m++) f[m] = _mm256_set1_ps(x.scale[(size_t)m * x.blocks + i / ACT_UNITS] * (1.f / 256));
      const uint8_t *t = u + payloadOffset(Q6K);
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++) {
        __m256i s[M][2];
        for (int m = 0; m < M; m++) s[m][0] = s[m][1] = _mm256_setzero_si256();
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
          const __m256i low = _mm256_loadu_si256((const __m256i *)(t + 512 + q * 64 + h * 32));
#pragma GCC unroll 4
          for (int k = 0; k < 4; k++) {
            __m256i v = _mm256_loadu_si256((const __m256i *)(t + (q % 2 * 4 + k) * 64 + h * 32));
            v = _mm256_or_si256(_mm256_and_si256(q < 2 ? _mm256_slli_epi16(v, 4) : v, top), lowBits(low, k));
            const __m256i even = _mm256_slli_epi16(v, 8), odd = _mm256_and_si256(v, upper);
            for (int m = 0; m < M; m++) {
              s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(even, _mm256_set1_epi32(xp[m][q * 8 + 2 * k])));
              s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(odd, _mm256_set1_epi32(xp[m][q * 8 + 2 * k + 1])));
            }
          }
        }
        const __m256 d0 = scales<Q6K>(u, q, 0), d1 = scales<Q6K>(u, q, 1);
        for (int m = 0; m < M; m++) {
          out[m][0] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s[m][0]), _mm256_mul_ps(d0, f[m]), out[m][0]);
          out[m][1] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s[m][1]), _mm256_mul_ps(d1, f[m]), out[m][1]);
        }
      }
    }
    float acc[M][16];
    for (int m = 0; m < M; m++) { _mm256_storeu_ps(acc[m], out[m][0]); _mm256_storeu_ps(acc[m] + 8, out[m][1]); }
    finishGroup(p, g, acc[0], 0, M);
  }
}
template <Form F, int M> static void streamFloat(const Product &p, const Activations &x, int g0, int g1) {
  const int K = p.w->cols, units = p.w->units;
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    __m256 s[M][2][2] = {};
    for (int i = 0; i < units; i++, u += UNIT_BYTES[F]) {
      for (int j = 0; j < UNIT_BYTES[F]; j += 64) _mm_prefetch((const char *)u + AHEAD + j, _MM_HINT_T0);
      float tail[M][UNIT_COLS];
      const float *xr[M];
      for (int m = 0; m < M; m++) {
        xr[m] = x.f32 + (size_t)m * x.ld + i * UNIT_COLS;
        if (K - i * UNIT_COLS >= UNIT_COLS) continue;
        memset(tail[m], 0, sizeof tail[m]);
        memcpy(tail[m], xr[m], (size_t)(K - i * UNIT_COLS) * 4);
        xr[m] = tail[m];
      }
      for (int j = 0; j < 32; j++) for (int h = 0; h < 2; h++) {
        __m256 a, b;
        floatPair<F>(u, j, h, &a, &b);
        for (int m = 0; m < M; m++) {
          s[m][h][0] = _mm256_fmadd_ps(a, _mm256_set1_ps(xr[m][2 * j]), s[m][h][0]);
          s[m][h][1] = _mm256_fmadd_ps(b, _mm256_set1_ps(xr[m][2 * j + 1]), s[m][h][1]);
        }
      }
    }
    float acc[M][16];
    for (int m = 0; m < M; m++) for (int h = 0; h < 2; h++) _mm256_storeu_ps(acc[m] + h * 8, _mm256_add_ps(s[m][h][0], s[m][h][1]));
    finishGroup(p, g, acc[0], 0, M);
  }
}
template <int M> static void stream(const Product &p, const Activations &x, int g0, int g1) {
  switch (p.w->form) {
    case F32: return streamFloat<F32, M>(p, x, g0, g1);
    case F16: return streamFloat<F16, M>(p, x, g0, g1);
    case BF16: return streamFloat<BF16, M>(p, x, g0, g1);
    case F8: return streamFloat<F8, M>(p, x, g0, g1);
    case Q8: return streamQuantized<Q8, M>(p, x, g0, g1);
    case Q5M: return streamQuantized<Q5M, M>(p, x, g0, g1);
    case Q4: return streamQuantized<Q4, M>(p, x, g0, g1);
    case Q4M: return streamQuantized<Q4M, M>(p, x, g0, g1);
    case Q4K: return streamQuantized<Q4K, M>(p, x, g0, g1);
    case Q5K: return streamQuantized<Q5K, M>(p, x, g0, g1);
    case Q6K: return streamSix<M>(p, x, g0, g1);
    default: return;
  }
}
constexpr int STREAM_ROWS = 4, STREAM_MAX = 8;  // up to STREAM_MAX rows a second pass over a group in L2 is cheaper than a panel
static void streamRows(const Product &p, const Activations &x, int g0, int g1) {
  switch (x.M) {
    case 1: return stream<1>(p, x, g0, g1);
    case 2: return stream<2>(p, x, g0, g1);
    case 3: return stream<3>(p, x, g0, g1);
    default: return stream<STREAM_ROWS>(p, x, g0, g1);
  }
}
void linear(const Product &p, const Activations &x, int g0, int g1, Mode mode, uint8_t *scratch) {
  if (mode == EXACT) return linearF32<false>(p, x, g0, g1, scratch);
  if (x.M <= STREAM_ROWS) return streamRows(p, x, g0, g1);
  if (x.M > STREAM_MAX) return linearPanels(p, x, g0, g1, scratch);
  const int first = (x.M + 1) / 2;
  for (int g = g0; g < g1; g++) for (int m = 0; m < x.M; m += first) {
    Activations rows = x;
    rows.M = x.M - m < first ? x.M - m : first;
    rows.f32 += (size_t)m * x.ld; rows.q += (size_t)m * x.qld; rows.scale += (size_t)m * x.blocks; rows.sum += (size_t)m * (x.qld / QUANT_BLOCK);
    const size_t at = (size_t)m * p.ldOut;
    streamRows({p.w, p.out + at, p.residual ? p.residual + at : nullptr, p.ldOut}, rows, g, g + 1);
  }
}
void attention(const AttentionTask &t, Mode mode) { if (mode == EXACT) attentionTask<false>(t); else attentionTask<true>(t); }
size_t noNative(int, int) { return 0; }
}  // namespace

const Kernels *avx2Kernels() {
  constexpr size_t panels = (size_t)PANEL_GROUPS * GROUP_PANEL * 2 + (size_t)PANEL_GROUPS * PANEL_BLOCKS * 16 * 4;
  static const Kernels k = {"avx2", panels > linearF32Scratch ? panels : linearF32Scratch, true, noNative, quantizeRow, nullptr, linear, attention,
                            rmsNorm, rope, siluMul, add, writeKv, embedRow, softmaxStats, loraAdd};
  return &k;
}
}  // namespace llamero
