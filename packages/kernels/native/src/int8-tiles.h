// Small batches on int8 tiles: every block of 32 columns is multiplied exactly as stored and scaled in f32, so weights are
// streamed and never converted. Activations are rounded to 8 bits with one scale a block.
#pragma once
#include "tiles.h"

namespace llamero {
namespace {

// [row tile][unit][16 rows][64 columns], and of every block of 32 columns the scale and scale * sum: [row tile][block][16 rows].
struct Int8Rows { int8_t *q; float *scale, *sum; size_t bytes; };
INLINE Int8Rows int8Rows(int tilesM, int units, void *base) {
  const size_t qBytes = (size_t)tilesM * units * 1024, scaleBytes = (size_t)tilesM * units * 2 * 64;
  uint8_t *p = (uint8_t *)base;
  return {(int8_t *)p, (float *)(p + qBytes), (float *)(p + qBytes + scaleBytes), qBytes + 2 * scaleBytes};
}
// Row m of K columns, or a row of zeros where x is null.
static void quantizeInt8(const Int8Rows &o, int m, const float *x, int K, int units) {
  const int mt = m / 16, r = m % 16;
  for (int b = 0; b < units * 2; b++) {
    const int k = b * 32;
    const zf lo = x ? zloadRow(x, k, K) : zsplat(0.f), hi = x ? zloadRow(x, k + 16, K) : zsplat(0.f);
    const float top = zmaxLanes(zmax(zabs(lo), zabs(hi))), scale = top / 127.f;
    const zf inv = zsplat(top > 0 ? 127.f / top : 0.f);
    const zi a = zround(lo * inv), c = zround(hi * inv);
    int8_t *q = o.q + ((size_t)mt * units + b / 2) * 1024 + r * 64 + (b & 1) * 32;
    zstore8(q, a);
    zstore8(q + 16, c);
    const size_t at = ((size_t)mt * units * 2 + b) * 16 + r;
    o.scale[at] = scale;
    o.sum[at] = scale * (float)zsumLanes(a + c);
  }
}
// Sums 0-3: rows x 64 bytes; activations 4, 5: rows x 32; weights 6, 7: 8 x 64.
INLINE void tileConfigureInt8(int rows) {
  TileConfig c;
  memset(&c, 0, sizeof c);
  c.palette = 1;
  for (int i = 0; i < 8; i++) { c.columnBytes[i] = i == 4 || i == 5 ? 32 : 64; c.rows[i] = (uint8_t)(i < 6 ? rows : 8); }
  tileConfigure(c);
}
// Both blocks of a unit as signed bytes.
template <Form F> INLINE const uint8_t *int8Unit(const uint8_t *u, uint8_t *out) {
  const uint8_t *t = payload<F>(u, out);
  if (!isFourBit(F)) return t;
  const zi nibbles = zsplatInt(0x0f0f0f0f), eight = zsplatInt(0x08080808);
#pragma GCC unroll 8
  for (int k = 0; k < 8; k++) {
    const zi v = zloadInt(t + k * 64), lo = v & nibbles, hi = v >> 4 & nibbles;
    zstore(out + k * 64, F == Q4 ? zsub8(lo, eight) : lo);
    zstore(out + 512 + k * 64, F == Q4 ? zsub8(hi, eight) : hi);
  }
  return out;
}
// ROWS rows (the first of a row tile) against one group. Step u multiplies unit u, stores the products of unit u-1 and scales
// those of unit u-2, so that the three overlap.
template <Form F, int ROWS> INLINE void int8Group(const Weight &w, int g, const Int8Rows &x, int mt, float *out) {
  constexpr int AHEAD = 2048;
  const int units = w.units;
  const uint8_t *weights = w.unit(g, 0);
  const int8_t *rows = x.q + (size_t)mt * units * 1024;
  const float *scale = x.scale + (size_t)mt * units * 32, *sum = x.sum + (size_t)mt * units * 32;
  alignas(64) int32_t products[2][2][ROWS * 16];
  alignas(64) uint8_t unpacked[2][1024];
  zf acc[ROWS];
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) acc[r] = zsplat(0.f);
  auto step = [&]<int P>(int u) __attribute__((always_inline)) {
    if (u < units) {
      const uint8_t *unit = weights + (size_t)u * UNIT_BYTES[F];
      for (int j = 0; j < UNIT_BYTES[F]; j += 64) __builtin_prefetch(unit + AHEAD + j);
      const uint8_t *b = int8Unit<F>(unit, unpacked[P]);
      const int8_t *a = rows + (size_t)u * 1024;
      tileZero<2 * P>(); tileLoad<4>(a); tileLoad<6>(b); tileDotInt8<2 * P, 4, 6>();
      tileZero<2 * P + 1>(); tileLoad<5>(a + 32); tileLoad<7>(b + 512); tileDotInt8<2 * P + 1, 5, 7>();
    }
    if (u >= 1 && u <= units) { tileStore<2 - 2 * P>(products[1 - P][0]); tileStore<3 - 2 * P>(products[1 - P][1]); }
    if (u < 2) return;
    const uint8_t *head = weights + (size_t)(u - 2) * UNIT_BYTES[F];
#pragma GCC unroll 2
    for (int b = 0; b < 2; b++) {
      const zf d = zscales<F>(head, b * 2), m = hasMin(F) ? zminima<F>(head, b * 2) : d;
      const float *s = scale + (size_t)(u - 2) * 32 + b * 16, *xs = sum + (size_t)(u - 2) * 32 + b * 16;
#pragma GCC unroll 16
      for (int r = 0; r < ROWS; r++) {
        acc[r] = zfma(zfloat(zloadInt(products[P][b] + r * 16)), d * zsplat(s[r]), acc[r]);
        if (hasMin(F)) acc[r] = zfma(m, zsplat(xs[r]), acc[r]);
      }
    }
  };
  for (int u = 0; u < units + 2; u += 2) {
    step.template operator()<0>(u);
    if (u + 1 < units + 2) step.template operator()<1>(u + 1);
  }
#pragma GCC unroll 16
  for (int r = 0; r < ROWS; r++) zstore(out + r * 16, acc[r]);
}
template <Form F, int ROWS> static void linearInt8(const Product &p, int M, const Int8Rows &x, int g0, int g1) {
  alignas(64) float out[ROWS * 16];
  tileConfigureInt8(ROWS);
  for (int g = g0; g < g1; g++) for (int m = 0; m < M; m += 16) {
    int8Group<F, ROWS>(*p.w, g, x, m / 16, out);
    finishRows(p, g, out, m, M < m + ROWS ? M : m + ROWS);
  }
  tileRelease();
}

}  // namespace
}  // namespace llamero
