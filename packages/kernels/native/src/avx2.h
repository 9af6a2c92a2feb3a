// What both kinds of AVX2 products share: unrolled loops, scales of packed units.
#pragma once
#include <immintrin.h>
#include <utility>
#include "portable.h"

namespace llamero {
namespace {

constexpr int AHEAD = 1536;  // bytes of prefetch distance

// A loop whose index is a constant: GCC leaves an array that an unrolled loop of the common kind indexes in memory.
#define ALWAYS __attribute__((always_inline))
template <class F, int... I> INLINE void unrolledOver(F &&f, std::integer_sequence<int, I...>) { (f.template operator()<I>(), ...); }
template <int N, class F> INLINE void unrolled(F &&f) { unrolledOver(f, std::make_integer_sequence<int, N>{}); }
// f.operator()<n>(), where n is 1 .. N.
template <int N, class F> INLINE void withCount(int n, F &&f) {
  if (n == N) f.template operator()<N>();
  else if constexpr (N > 1) withCount<N - 1>(n, f);
}
// Keeps GCC from hoisting the loads of many steps and spilling sums.
#define KEEP(a) asm volatile("" : "+x"(a))

// Sums of M rows and 16 outputs, [M][16] in memory.
template <int M> INLINE void loadSums(const float *acc, __m256 (&out)[M][2]) {
  unrolled<M>([&]<int m>() ALWAYS { out[m][0] = _mm256_load_ps(acc + m * 16); out[m][1] = _mm256_load_ps(acc + m * 16 + 8); });
}
template <int M> INLINE void storeSums(float *acc, const __m256 (&out)[M][2]) {
  unrolled<M>([&]<int m>() ALWAYS { _mm256_store_ps(acc + m * 16, out[m][0]); _mm256_store_ps(acc + m * 16 + 8, out[m][1]); });
}

INLINE __m256i splat4(const void *p) { int32_t v; memcpy(&v, p, 4); return _mm256_set1_epi32(v); }
INLINE __m256 halves(const uint8_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
INLINE __m256 unsignedBytes(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
INLINE __m256 signedBytes(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
// Scales of eight rows of a quantised unit over the columns 16 q .. 16 q + 15.
template <Form F> INLINE __m256 scales(const uint8_t *u, int q, int half) {
  if (F == Q6K) return _mm256_mul_ps(_mm256_loadu_ps((const float *)u + half * 8), signedBytes(u + 64 + q * 16 + half * 8));
  if (isNested(F)) return _mm256_mul_ps(halves(u + half * 16), unsignedBytes(u + 64 + q / 2 * 16 + half * 8));
  return halves(u + q / 2 * 32 + half * 16);
}
INLINE __m256 absMax(__m256 m, __m256 v) { return _mm256_max_ps(m, _mm256_andnot_ps(_mm256_set1_ps(-0.f), v)); }
INLINE float reduceMax(__m256 v) {
  __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  a = _mm_max_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}

}  // namespace
}  // namespace llamero
