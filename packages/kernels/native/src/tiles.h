// The matrix unit's eight tile registers of 16 rows x 64 bytes; with LLAMERO_EMULATE the same operations in plain C++,
// which also stop the program where the hardware would fault.
#pragma once
#include "simd512.h"

namespace llamero {
namespace {

struct alignas(64) TileConfig { uint8_t palette, start, reserved[14]; uint16_t columnBytes[16]; uint8_t rows[16]; };

#if !defined(LLAMERO_EMULATE)
// Written here and not with the compiler's intrinsics: those of GCC 12 tell it too little about the memory they read.
INLINE void tileConfigure(const TileConfig &c) { asm volatile("ldtilecfg %0" ::"m"(c) : "memory"); }
INLINE void tileRelease() { asm volatile("tilerelease" ::: "memory"); }
template <int T> INLINE void tileZero() { asm volatile("tilezero %%tmm%c0" ::"i"(T)); }
template <int T> INLINE void tileLoad(const void *p, size_t stride = 64) { asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(p), "r"(stride), "i"(T) : "memory"); }
template <int T> INLINE void tileStore(void *p, size_t stride = 64) { asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(p), "r"(stride), "i"(T) : "memory"); }
// C += A * B: bf16 pairs to f32, int8 quads to int32.
template <int C, int A, int B> INLINE void tileDotBf16() { asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(C), "i"(A), "i"(B)); }
template <int C, int A, int B> INLINE void tileDotInt8() { asm volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(C), "i"(A), "i"(B)); }
// 32 f32 to bf16, rounded to nearest even: lo first.
INLINE zi zbf16(zf lo, zf hi) { return (zi)_mm512_cvtne2ps_pbh((__m512)hi, (__m512)lo); }
#else
struct Tiles { TileConfig config; uint8_t data[8][16][64]; };
inline thread_local Tiles emulated;
inline void requireTiles(bool good) { if (!good) { __builtin_printf("tile operands do not fit the configuration\n"); abort(); } }
ZOP void tileConfigure(const TileConfig &c) {
  requireTiles(c.palette == 1 && c.start == 0);
  for (int t = 0; t < 16; t++) requireTiles(c.rows[t] <= 16 && c.columnBytes[t] <= 64 && (t < 8 || (c.rows[t] == 0 && c.columnBytes[t] == 0)) && (c.rows[t] == 0) == (c.columnBytes[t] == 0));
  emulated.config = c;
  memset(emulated.data, 0, sizeof emulated.data);
}
ZOP void tileRelease() { memset(&emulated, 0, sizeof emulated); }
template <int T> void tileZero() { requireTiles(emulated.config.palette == 1); memset(emulated.data[T], 0, 1024); }
template <int T> void tileLoad(const void *p, size_t stride = 64) {
  requireTiles(emulated.config.palette == 1);
  memset(emulated.data[T], 0, 1024);
  for (int r = 0; r < emulated.config.rows[T]; r++) memcpy(emulated.data[T][r], (const uint8_t *)p + r * stride, emulated.config.columnBytes[T]);
}
template <int T> void tileStore(void *p, size_t stride = 64) {
  requireTiles(emulated.config.palette == 1);
  for (int r = 0; r < emulated.config.rows[T]; r++) memcpy((uint8_t *)p + r * stride, emulated.data[T][r], emulated.config.columnBytes[T]);
}
inline void requireShapes(int c, int a, int b) {
  const TileConfig &f = emulated.config;
  requireTiles(f.palette == 1 && c != a && c != b && a != b && f.rows[a] == f.rows[c] && f.columnBytes[b] == f.columnBytes[c] && f.columnBytes[a] == f.rows[b] * 4);
}
template <int C, int A, int B> void tileDotBf16() {
  requireShapes(C, A, B);
  const TileConfig &f = emulated.config;
  for (int m = 0; m < f.rows[C]; m++) {
    float *c = (float *)emulated.data[C][m];
    for (int k = 0; k < f.rows[B]; k++) {
      const uint16_t *a = (const uint16_t *)emulated.data[A][m] + 2 * k, *b = (const uint16_t *)emulated.data[B][k];
      const float a0 = bf16ToFloat(a[0]), a1 = bf16ToFloat(a[1]);
      for (int n = 0; n < f.columnBytes[C] / 4; n++) c[n] = (c[n] + a0 * bf16ToFloat(b[2 * n])) + a1 * bf16ToFloat(b[2 * n + 1]);
    }
  }
}
template <int C, int A, int B> void tileDotInt8() {
  requireShapes(C, A, B);
  const TileConfig &f = emulated.config;
  for (int m = 0; m < f.rows[C]; m++) {
    int32_t *c = (int32_t *)emulated.data[C][m];
    for (int k = 0; k < f.rows[B]; k++) {
      const int8_t *a = (const int8_t *)emulated.data[A][m] + 4 * k, *b = (const int8_t *)emulated.data[B][k];
      for (int n = 0; n < f.columnBytes[C] / 4; n++) for (int j = 0; j < 4; j++) c[n] += a[j] * b[4 * n + j];
    }
  }
}
ZOP zi zbf16(zf lo, zf hi) {
  zh r;
  for (int i = 0; i < 16; i++) { r[i] = (int16_t)floatToBf16(lo[i]); r[16 + i] = (int16_t)floatToBf16(hi[i]); }
  return (zi)r;
}
#endif

// All tiles 16 x 64 bytes: three of these make a product 16 rows x 16 outputs, 32 bf16 or 64 int8 deep.
INLINE void tileConfigureFull() {
  TileConfig c;
  memset(&c, 0, sizeof c);
  c.palette = 1;
  for (int i = 0; i < 8; i++) { c.columnBytes[i] = 64; c.rows[i] = 16; }
  tileConfigure(c);
}

}  // namespace
}  // namespace llamero
