// The inner part of a packed product in vector code, included by each instruction set's file with TRAIN_LANES (floats
// of a vector) and TRAIN_MR (rows of a tile) defined; a tile is TRAIN_MR rows x 2 vectors.
#pragma once
#include <cstring>
#include "train-kernels.h"
// The header of all intrinsics takes GCC longer to read than the rest of a unit; it has builtins for the two in use.
#if defined(__FMA__) && defined(__clang__)
#include <immintrin.h>
#endif
#define INLINE static inline __attribute__((always_inline))

namespace llamero {
namespace {

constexpr int L = TRAIN_LANES, MR = TRAIN_MR, NR = 2 * L;
typedef float vf __attribute__((vector_size(4 * TRAIN_LANES)));
typedef int32_t vi __attribute__((vector_size(4 * TRAIN_LANES)));
typedef float v4 __attribute__((vector_size(16)));

INLINE vf load(const float *p) { vf v; memcpy(&v, p, sizeof v); return v; }
INLINE void store(float *p, vf v) { memcpy(p, &v, sizeof v); }
INLINE vf splat(float x) { return x - vf{}; }
// acc + a * b
INLINE vf mla(vf acc, vf a, vf b) {
#if defined(__AVX512F__) && TRAIN_LANES == 16
#if defined(__clang__)
  return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)acc);
#else
  return __builtin_ia32_vfmaddps512_mask(a, b, acc, (unsigned short)-1, 4);  // 4: the rounding in force
#endif
#elif defined(__FMA__) && TRAIN_LANES == 8
#if defined(__clang__)
  return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)acc);
#else
  return __builtin_ia32_vfmaddps256(a, b, acc);
#endif
#else
  return acc + a * b;
#endif
}

// Four rows of four columns from `src` (rows `is` apart), turned, to out[column * width + row].
INLINE void turn4(const float *src, size_t is, float *out, int width) {
  v4 r0, r1, r2, r3;
  memcpy(&r0, src, 16); memcpy(&r1, src + is, 16); memcpy(&r2, src + 2 * is, 16); memcpy(&r3, src + 3 * is, 16);
  const v4 a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), b = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
  const v4 c = __builtin_shufflevector(r0, r1, 2, 6, 3, 7), d = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
  const v4 t[4] = {__builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
                   __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
  for (int j = 0; j < 4; j++) memcpy(out + j * width, &t[j], 16);
}
INLINE void turn2(const float *src, size_t is, float *out, int width) {
  v4 r0, r1;
  memcpy(&r0, src, 16); memcpy(&r1, src + is, 16);
  const v4 a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), b = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
  memcpy(out, &a, 8); memcpy(out + width, (const char *)&a + 8, 8);
  memcpy(out + 2 * width, &b, 8); memcpy(out + 3 * width, (const char *)&b + 8, 8);
}
template <int W> static void pack(const float *src, size_t is, size_t ks, int n, int kc, void *to) {
  float *out = (float *)to;
  for (; n > 0; n -= W, src += W * is, out += (size_t)W * kc) {
    int k = 0;
    if (n >= W && is == 1) {
      for (; k < kc; k++) memcpy(out + (size_t)k * W, src + k * ks, W * 4);
    } else if (n >= W && ks == 1) {
      for (; k + 4 <= kc; k += 4) {
        float *o = out + (size_t)k * W;
        int i = 0;
#pragma GCC unroll 8
        for (; i + 4 <= W; i += 4) turn4(src + i * is + k, is, o + i, W);
        if (i < W) turn2(src + i * is + k, is, o + i, W);
      }
    }
    const int rows = n < W ? n : W;
    for (; k < kc; k++) for (int i = 0; i < W; i++) out[(size_t)k * W + i] = i < rows ? src[i * is + k * ks] : 0;
  }
}
static_assert(MR % 2 == 0);

static void tile(int kc, const void *panelA, const void *panelB, float *c, size_t ldc, int rows, int cols, float alpha, bool accumulate) {
  const float *a = (const float *)panelA, *b = (const float *)panelB;
  vf s[MR][2];
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++) s[i][0] = s[i][1] = vf{};
#pragma GCC unroll 2
  for (int k = 0; k < kc; k++, a += MR, b += NR) {
    const vf b0 = load(b), b1 = load(b + L);
#pragma GCC unroll 16
    for (int i = 0; i < MR; i++) {
      const vf x = splat(a[i]);
      s[i][0] = mla(s[i][0], x, b0);
      s[i][1] = mla(s[i][1], x, b1);
    }
  }
  const vf f = splat(alpha);
  if (rows == MR && cols == NR) {
    if (accumulate) {
#pragma GCC unroll 16
      for (int i = 0; i < MR; i++, c += ldc) { store(c, mla(load(c), s[i][0], f)); store(c + L, mla(load(c + L), s[i][1], f)); }
    } else {
#pragma GCC unroll 16
      for (int i = 0; i < MR; i++, c += ldc) { store(c, s[i][0] * f); store(c + L, s[i][1] * f); }
    }
    return;
  }
  // The same arithmetic through a whole tile, so that an element does not depend on where the edge is.
  float t[MR][NR];
  for (int i = 0; i < MR; i++) for (int j = 0; j < NR; j++) t[i][j] = accumulate && i < rows && j < cols ? c[i * ldc + j] : 0;
#pragma GCC unroll 16
  for (int i = 0; i < MR; i++) for (int h = 0; h < 2; h++) store(t[i] + h * L, accumulate ? mla(load(t[i] + h * L), s[i][h], f) : s[i][h] * f);
  for (int i = 0; i < rows; i++) memcpy(c + i * ldc, t[i], (size_t)cols * 4);
}

// C_MN (+)= alpha * A B of packed operands.
static void product(int M, int N, int K, const float *a, const float *b, float *c, size_t ldc, float alpha, bool accumulate) {
  for (int j = 0; j < N; j += NR) for (int i = 0; i < M; i += MR)
    tile(K, a + (size_t)i * K, b + (size_t)j * K, c + i * ldc + j, ldc, M - i < MR ? M - i : MR, N - j < NR ? N - j : NR, alpha, accumulate);
}

}  // namespace
}  // namespace llamero
