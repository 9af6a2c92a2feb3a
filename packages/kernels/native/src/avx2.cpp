// AVX2: fast mode multiplies 16-bit integers (vpmaddwd): activations in 13 bits, weights in 12, one scale each 256 columns, so
// it adds far less error than 8-bit activations and needs no rescale inside a block. Weights of four and five bits meet 8-bit
// activations instead (avx2-int8.h).
#include "avx2-int8.h"

namespace llamero {
namespace {

// q = round(x / scale) in +-ACT_MAX, one scale each ACT_BLOCK columns, zero padded to UNIT_COLS. No sums: no form with minima
// or an offset reads this one.
void quantizeRow(const float *x, int K, int16_t *q, float *scale, int32_t *) {
  const int padded = (K + UNIT_COLS - 1) / UNIT_COLS * UNIT_COLS;
  for (int b = 0; b * ACT_BLOCK < padded; b++) {
    int k0 = b * ACT_BLOCK, k1 = k0 + ACT_BLOCK < padded ? k0 + ACT_BLOCK : padded, ke = k1 < K ? k1 : K, k = k0;
    __m256 m = _mm256_setzero_ps();
    for (; k + 8 <= ke; k += 8) m = absMax(m, _mm256_loadu_ps(x + k));
    float top = reduceMax(m);
    for (; k < ke; k++) top = fabsf(x[k]) > top ? fabsf(x[k]) : top;
    scale[b] = top / ACT_MAX;
    __m256 inv = _mm256_set1_ps(top > 0 ? ACT_MAX / top : 0.f);
    for (k = k0; k < k1; k += 16) {
      __m256 a, c;
      if (k + 16 <= K) { a = _mm256_loadu_ps(x + k); c = _mm256_loadu_ps(x + k + 8); }
      else {
        float t[16] = {};
        if (k < K) memcpy(t, x + k, (size_t)(K - k) * 4);
        a = _mm256_loadu_ps(t); c = _mm256_loadu_ps(t + 8);
      }
      const __m256i i0 = _mm256_cvtps_epi32(_mm256_mul_ps(a, inv)), i1 = _mm256_cvtps_epi32(_mm256_mul_ps(c, inv));
      _mm256_storeu_si256((__m256i *)(q + k), _mm256_permute4x64_epi64(_mm256_packs_epi32(i0, i1), 0xd8));
    }
  }
}

// ---------------------------------------------------------------- panels: [k/2][16 rows][2 k] int16, a scale a row
// Both 16-bit halves of each lane set to the low half.
INLINE __m256i pairs(__m256i v) { return _mm256_or_si256(_mm256_slli_epi32(v, 16), _mm256_and_si256(v, _mm256_set1_epi32(0xffff))); }
INLINE __m256 reciprocal(__m256 s) {  // 1/s, 0 where s is 0
  return _mm256_and_ps(_mm256_cmp_ps(s, _mm256_setzero_ps(), _CMP_GT_OQ), _mm256_div_ps(_mm256_set1_ps(1.f), s));
}
// Columns 4 k .. 4 k + 3 of 16 of the low bits of Q6K, in their place.
INLINE __m256i lowBits(__m256i low, int k) {
  return _mm256_and_si256(k < 1 ? _mm256_slli_epi16(low, 2) : _mm256_srli_epi16(low, 2 * k - 2), _mm256_set1_epi8(12));
}
// Eight rows of `units` units of Q8 or Q6K (at most 4): w16 = round(w / S), S = max |w| possible / PANEL_MAX.
template <Form F> INLINE void panelQuantized(const uint8_t *u, int units, int half, int16_t *out, float *S) {
  constexpr bool six = F == Q6K;
  __m256 top = _mm256_setzero_ps();
  for (int i = 0; i < units; i++) for (int q = 0; q < 4; q += six ? 1 : 2) top = absMax(top, scales<F>(u + (size_t)i * UNIT_BYTES[F], q, half));
  const __m256 scale = _mm256_mul_ps(top, _mm256_set1_ps((six ? 128.f : 127.f) / PANEL_MAX)), inv = reciprocal(scale);
  _mm256_storeu_ps(S, scale);
  const __m256i lowPair = _mm256_setr_epi8(-1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13);
  const __m256i highPair = _mm256_add_epi8(lowPair, _mm256_setr_epi8(0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2));
  for (int i = 0; i < units; i++) for (int b = 0; b < 2; b++) {
    const uint8_t *p = u + (size_t)i * UNIT_BYTES[F];
    // The product of q << 8 and a 16-bit multiplier, with rounding, is q * multiplier >> 7.
    auto multiplier = [&](int q) { return pairs(_mm256_cvtps_epi32(_mm256_mul_ps(_mm256_mul_ps(scales<F>(p, q, half), inv), _mm256_set1_ps(128.f)))); };
    const __m256i r0 = multiplier(b * 2), r1 = six ? multiplier(b * 2 + 1) : r0;
    const uint8_t *t = p + payloadOffset(F) + (six ? 0 : b * 512) + half * 32, *more = p + payloadOffset(F) + 512 + b * 128 + half * 32;
    int16_t *o = out + (size_t)(i * 2 + b) * 16 * 32 + half * 16;
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(t + k * 64));
      const __m256i r = k < 4 ? r0 : r1;
      if (six) v = _mm256_or_si256(_mm256_and_si256(b ? v : _mm256_slli_epi16(v, 4), _mm256_set1_epi8((char)0xf0)), lowBits(_mm256_loadu_si256((const __m256i *)(more + k / 4 * 64)), k % 4));
      _mm256_storeu_si256((__m256i *)(o + k * 64), _mm256_mulhrs_epi16(_mm256_shuffle_epi8(v, lowPair), r));
      _mm256_storeu_si256((__m256i *)(o + k * 64 + 32), _mm256_mulhrs_epi16(_mm256_shuffle_epi8(v, highPair), r));
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
    case Q6K: panelQuantized<Q6K>(u, units, half, out, S + half * 8); break;
    default: break;
  }
}

// ---------------------------------------------------------------- products of panels
constexpr int ACT_UNITS = ACT_BLOCK / UNIT_COLS;       // units a scale block
constexpr int INT_PANEL_UNITS = 32, PANEL_GROUPS = 4;  // 64 rows x 2048 columns: of 16 bits 256 KiB, half of a small L2

// out += two vectors of integer sums times the scales of their rows and of the activations.
INLINE void addScaled(__m256 *out, const __m256i *s, __m256 d0, __m256 d1, __m256 x) {
  out[0] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s[0]), _mm256_mul_ps(d0, x), out[0]);
  out[1] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(s[1]), _mm256_mul_ps(d1, x), out[1]);
}
// Integers of 16 bits with a scale each ACT_BLOCK columns and row.
struct Panels16 {
  static constexpr int ROWS = 6, BLOCKS = INT_PANEL_UNITS / ACT_UNITS;
  static constexpr size_t CODES = (size_t)BLOCKS * ACT_BLOCK * 16 * 2, BYTES = CODES + BLOCKS * 64;
  static void make(const Weight &w, int g, int u0, int u1, uint8_t *out) {
    for (int u = u0, b = 0; u < u1; u += ACT_UNITS, b++)
      makePanel(w, g, u, u1 - u < ACT_UNITS ? u1 - u : ACT_UNITS, (int16_t *)out + (size_t)b * ACT_BLOCK * 16, (float *)(out + CODES) + b * 16);
  }
  // R rows from row m on against a group's panel: acc [R][16] f32 +=.
  template <int R> static __attribute__((noinline)) void multiply(const Activations &x, int m, int u0, int u1, const uint8_t *panel, float *acc) {
    const int16_t *xb = x.q + (size_t)m * x.qld + u0 * UNIT_COLS, *w = (const int16_t *)panel;
    const float *sx = x.scale + (size_t)m * x.blocks + u0 / ACT_UNITS, *sw = (const float *)(panel + CODES);
    const size_t ld = x.qld, lds = x.blocks;
    for (int u = u0; u < u1; u += ACT_UNITS, xb += ACT_BLOCK, sx++, sw += 16) {
      const int n = (u1 - u < ACT_UNITS ? u1 - u : ACT_UNITS) * UNIT_COLS / 2;
      __m256i a[R][2];
      unrolled<R>([&]<int i>() ALWAYS { a[i][0] = a[i][1] = _mm256_setzero_si256(); });
      for (int p = 0; p < n; p++, w += 32) {
        const __m256i w0 = _mm256_load_si256((const __m256i *)w), w1 = _mm256_load_si256((const __m256i *)(w + 16));
        unrolled<R>([&]<int i>() ALWAYS {
          const __m256i v = splat4(xb + i * ld + p * 2);
          a[i][0] = _mm256_add_epi32(a[i][0], _mm256_madd_epi16(w0, v));
          a[i][1] = _mm256_add_epi32(a[i][1], _mm256_madd_epi16(w1, v));
          KEEP(a[i][0]);
          KEEP(a[i][1]);
        });
      }
      const __m256 s0 = _mm256_load_ps(sw), s1 = _mm256_load_ps(sw + 8);
      __m256 out[R][2];
      loadSums(acc, out);
      unrolled<R>([&]<int i>() ALWAYS { addScaled(out[i], a[i], s0, s1, _mm256_set1_ps(sx[i * lds])); });
      storeSums(acc, out);
    }
  }
};
// Codes of four and five bits as bytes, with the scales as stored.
template <Form F> struct Panels8 {
  static constexpr int ROWS = INT8_TILE;
  static constexpr size_t BYTES = (size_t)INT_PANEL_UNITS * 2 * INT8_BLOCK;
  static void make(const Weight &w, int g, int u0, int u1, uint8_t *out) { int8Panel<F>(w.unit(g, u0), u1 - u0, out); }
  template <int R> static inline void multiply(const Activations &x, int m, int u0, int u1, const uint8_t *panel, float *acc) {
    constexpr Form any = isFiveBit(F) ? Q5M : Q4;  // panels of all forms with as many bits are alike
    int8Tile<any, R, true>(int8Rows(x.M, x.K, const_cast<void *>(x.native)), m, u0, u1 - u0, panel, acc);
  }
};
static_assert(Panels8<Q4>::BYTES <= Panels16::BYTES);
template <class Panels> static void linearPanels(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  const int units = p.w->units;
  for (int gb = g0; gb < g1; gb += PANEL_GROUPS) {
    const int groups = g1 - gb < PANEL_GROUPS ? g1 - gb : PANEL_GROUPS;
    for (int u0 = 0; u0 < units; u0 += INT_PANEL_UNITS) {
      const int u1 = u0 + INT_PANEL_UNITS < units ? u0 + INT_PANEL_UNITS : units;
      for (int g = 0; g < groups; g++) Panels::make(*p.w, gb + g, u0, u1, scratch + g * Panels::BYTES);
      const bool first = u0 == 0, last = u1 == units;
      for (int m = 0; m < x.M; m += Panels::ROWS) {
        const int rows = x.M - m < Panels::ROWS ? x.M - m : Panels::ROWS;
        for (int g = 0; g < groups; g++) {
          alignas(32) float acc[Panels::ROWS * 16];
          const int n0 = (gb + g) * 16, n = p.w->rows - n0 < 16 ? p.w->rows - n0 : 16;
          float *out = p.out + (size_t)m * p.ldOut + n0;
          memset(acc, 0, sizeof acc);
          if (!first) for (int i = 0; i < rows; i++) memcpy(acc + i * 16, out + (size_t)i * p.ldOut, (size_t)n * 4);
          withCount<Panels::ROWS>(rows, [&]<int R>() ALWAYS { Panels::template multiply<R>(x, m, u0, u1, scratch + g * Panels::BYTES, acc); });
          if (last) finishGroup(p, gb + g, acc, m, m + rows);
          else for (int i = 0; i < rows; i++) memcpy(out + (size_t)i * p.ldOut, acc + i * 16, (size_t)n * 4);
        }
      }
    }
  }
}

// ---------------------------------------------------------------- few rows: weights streamed, at most four rows at a time
// 64 columns of activations, in each four [k0 k1 k2 k3] -> [k0 k2 k1 k3].
INLINE void evenOdd(const int16_t *q, int32_t *out) {
  for (int j = 0; j < 4; j++) {
    const __m256i v = _mm256_loadu_si256((const __m256i *)(q + j * 16));
    _mm256_store_si256((__m256i *)(out + j * 8), _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(v, 0xd8), 0xd8));
  }
}
// Q8: the even and odd columns of each four, as 16-bit lanes of the row.
template <int M> static void streamEight(const Product &p, const Activations &x, int g0, int g1) {
  const int units = p.w->units;
  alignas(32) int32_t xp[M][32];  // for each four columns the pairs (k0, k2) and (k1, k3)
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    __m256 out[M][2];
    unrolled<M>([&]<int m>() ALWAYS { out[m][0] = out[m][1] = _mm256_setzero_ps(); });
    for (int i = 0; i < units; i++, u += UNIT_BYTES[Q8]) {
      for (int j = 0; j < UNIT_BYTES[Q8]; j += 64) _mm_prefetch((const char *)u + AHEAD + j, _MM_HINT_T0);
      for (int m = 0; m < M; m++) evenOdd(x.q + (size_t)m * x.qld + i * UNIT_COLS, xp[m]);
      unrolled<2>([&]<int b>() ALWAYS {
        __m256i s[M][2];
        unrolled<M>([&]<int m>() ALWAYS { s[m][0] = s[m][1] = _mm256_setzero_si256(); });
        unrolled<16>([&]<int at>() ALWAYS {
          constexpr int k = at / 2, h = at % 2;
          const __m256i v = _mm256_loadu_si256((const __m256i *)(u + payloadOffset(Q8) + b * 512 + k * 64 + h * 32));
          const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(v, 8), 8), odd = _mm256_srai_epi16(v, 8);
          unrolled<M>([&]<int m>() ALWAYS {
            s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(even, splat4(xp[m] + b * 16 + 2 * k)));
            s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(odd, splat4(xp[m] + b * 16 + 2 * k + 1)));
            KEEP(s[m][h]);
          });
        });
        const __m256 d0 = scales<Q8>(u, b * 2, 0), d1 = scales<Q8>(u, b * 2, 1);
        unrolled<M>([&]<int m>() ALWAYS { addScaled(out[m], s[m], d0, d1, _mm256_set1_ps(x.scale[(size_t)m * x.blocks + i / ACT_UNITS])); });
      });
    }
    alignas(32) float acc[M * 16];
    storeSums(acc, out);
    finishGroup(p, g, acc, 0, M);
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
    unrolled<M>([&]<int m>() ALWAYS { out[m][0] = out[m][1] = _mm256_setzero_ps(); });
    for (int i = 0; i < units; i++, u += UNIT_BYTES[Q6K]) {
      for (int j = 0; j < UNIT_BYTES[Q6K]; j += 64) _mm_prefetch((const char *)u + AHEAD + j, _MM_HINT_T0);
      for (int m = 0; m < M; m++) evenOdd(x.q + (size_t)m * x.qld + i * UNIT_COLS, xp[m]);
      const uint8_t *t = u + payloadOffset(Q6K);
      unrolled<4>([&]<int q>() ALWAYS {
        __m256i s[M][2];
        unrolled<M>([&]<int m>() ALWAYS { s[m][0] = s[m][1] = _mm256_setzero_si256(); });
        unrolled<8>([&]<int at>() ALWAYS {
          constexpr int h = at / 4, k = at % 4;
          const __m256i low = _mm256_loadu_si256((const __m256i *)(t + 512 + q * 64 + h * 32));
          __m256i v = _mm256_loadu_si256((const __m256i *)(t + (q % 2 * 4 + k) * 64 + h * 32));
          v = _mm256_or_si256(_mm256_and_si256(q < 2 ? _mm256_slli_epi16(v, 4) : v, top), lowBits(low, k));
          const __m256i even = _mm256_slli_epi16(v, 8), odd = _mm256_and_si256(v, upper);
          unrolled<M>([&]<int m>() ALWAYS {
            s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(even, splat4(xp[m] + q * 8 + 2 * k)));
            s[m][h] = _mm256_add_epi32(s[m][h], _mm256_madd_epi16(odd, splat4(xp[m] + q * 8 + 2 * k + 1)));
            KEEP(s[m][h]);
          });
        });
        const __m256 d0 = scales<Q6K>(u, q, 0), d1 = scales<Q6K>(u, q, 1);
        unrolled<M>([&]<int m>() ALWAYS {
          addScaled(out[m], s[m], d0, d1, _mm256_set1_ps(x.scale[(size_t)m * x.blocks + i / ACT_UNITS] * (1.f / 256)));
        });
      });
    }
    alignas(32) float acc[M * 16];
    storeSums(acc, out);
    finishGroup(p, g, acc, 0, M);
  }
}
template <Form F, int M> static void streamFloat(const Product &p, const Activations &x, int g0, int g1) {
  const int K = p.w->cols, units = p.w->units;
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    __m256 s[M][2];
    unrolled<M>([&]<int m>() ALWAYS { s[m][0] = s[m][1] = _mm256_setzero_ps(); });
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
      for (int j = 0; j < 32; j++) unrolled<2>([&]<int h>() ALWAYS {
        __m256 a, b;
        floatPair<F>(u, j, h, &a, &b);
        unrolled<M>([&]<int m>() ALWAYS {
          s[m][h] = _mm256_fmadd_ps(a, _mm256_set1_ps(xr[m][2 * j]), s[m][h]);
          s[m][h] = _mm256_fmadd_ps(b, _mm256_set1_ps(xr[m][2 * j + 1]), s[m][h]);
          KEEP(s[m][h]);
        });
      });
    }
    alignas(32) float acc[M * 16];
    storeSums(acc, s);
    finishGroup(p, g, acc, 0, M);
  }
}
constexpr int STREAM_ROWS = 4, STREAM_MAX = 8;  // up to STREAM_MAX rows a second pass over a group in L2 is cheaper than a panel
template <int M> static void stream(const Product &p, const Activations &x, int g0, int g1) {
  switch (p.w->form) {
    case F32: return streamFloat<F32, M>(p, x, g0, g1);
    case F16: return streamFloat<F16, M>(p, x, g0, g1);
    case BF16: return streamFloat<BF16, M>(p, x, g0, g1);
    case F8: return streamFloat<F8, M>(p, x, g0, g1);
    case Q8: return streamEight<M>(p, x, g0, g1);
    case Q6K: return streamSix<M>(p, x, g0, g1);
    default: return;
  }
}
static void streamRows(const Product &p, const Activations &x, int g0, int g1) {
  withCount<STREAM_ROWS>(x.M, [&]<int M>() { stream<M>(p, x, g0, g1); });
}
// Forms that are multiplied in 16 bits or as floats.
static void linearWide(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  if (x.M <= STREAM_ROWS) return streamRows(p, x, g0, g1);
  if (x.M > STREAM_MAX) return linearPanels<Panels16>(p, x, g0, g1, scratch);
  const int first = (x.M + 1) / 2;
  for (int g = g0; g < g1; g++) for (int m = 0; m < x.M; m += first) {
    Activations rows = x;
    rows.M = x.M - m < first ? x.M - m : first;
    rows.f32 += (size_t)m * x.ld; rows.q += (size_t)m * x.qld; rows.scale += (size_t)m * x.blocks;
    const size_t at = (size_t)m * p.ldOut;
    streamRows({p.w, p.out + at, p.residual ? p.residual + at : nullptr, p.ldOut}, rows, g, g + 1);
  }
}
template <Form F> static void linearInt8(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  if (x.M > INT8_STREAM) linearPanels<Panels8<F>>(p, x, g0, g1, scratch);
  else streamInt8<F>(p, x, g0, g1);
}
void linear(const Product &p, const Activations &x, int g0, int g1, Mode mode, uint8_t *scratch) {
  if (mode == EXACT) return linearF32<false>(p, x, g0, g1, scratch);
  switch (p.w->form) {
    case Q4: return linearInt8<Q4>(p, x, g0, g1, scratch);
    case Q4M: return linearInt8<Q4M>(p, x, g0, g1, scratch);
    case Q4K: return linearInt8<Q4K>(p, x, g0, g1, scratch);
    case Q5M: return linearInt8<Q5M>(p, x, g0, g1, scratch);
    case Q5K: return linearInt8<Q5K>(p, x, g0, g1, scratch);
    default: return linearWide(p, x, g0, g1, scratch);
  }
}
void attention(const AttentionTask &t, Mode mode) { if (mode == EXACT) attentionTask<false>(t); else attentionTask<true>(t); }
}  // namespace

const Kernels *avx2Kernels() {
  constexpr size_t panels = PANEL_GROUPS * Panels16::BYTES;
  static const Kernels k = {"avx2", panels > linearF32Scratch ? panels : linearF32Scratch, ALL_FORMS & ~INT8_FORMS, INT8_FORMS, int8ActBytes, quantizeRow, int8Act, linear, attention,
                            rmsNorm, rope, siluMul, add, writeKv, embedRow, softmaxStats, loraAdd};
  return &k;
}
}  // namespace llamero
