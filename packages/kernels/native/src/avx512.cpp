// AVX-512 with VNNI: a lane is one of a unit's 16 rows. Fast mode multiplies 16-bit integers (vpdpwssd): activations in
// 13 bits, weights as they are (few rows) or in 12 bits with one scale each 256 columns (panels, many rows).
#include "simd512.h"

namespace llamero {
namespace {

// q = round(x / scale) in +-ACT_MAX, one scale each ACT_BLOCK columns, zero padded to UNIT_COLS; sums of each 32.
void quantizeRow(const float *x, int K, int16_t *q, float *scale, int32_t *sum) {
  const int padded = (K + UNIT_COLS - 1) / UNIT_COLS * UNIT_COLS;
  for (int b = 0; b * ACT_BLOCK < padded; b++) {
    const int k0 = b * ACT_BLOCK, k1 = k0 + ACT_BLOCK < padded ? k0 + ACT_BLOCK : padded;
    zf m = zsplat(0.f);
    for (int k = k0; k < k1; k += 16) m = zmax(m, zabs(zloadRow(x, k, K)));
    const float top = zmaxLanes(m);
    scale[b] = top / ACT_MAX;
    const zf inv = zsplat(top > 0 ? ACT_MAX / top : 0.f);
    for (int k = k0; k < k1; k += 32) {
      zi a = zround(zloadRow(x, k, K) * inv), c = zround(zloadRow(x, k + 16, K) * inv);
      zstore16(q + k, a);
      zstore16(q + k + 16, c);
      sum[k / 32] = zsumLanes(a + c);
    }
  }
}

// Forms are not inlined into their switch: one function of all takes the compiler longer than its parts.
// ---------------------------------------------------------------- few rows: weights streamed once
constexpr int STREAM_ROWS = 4;
constexpr int AHEAD = 1536;  // bytes of prefetch distance; more than a page is slower
INLINE void prefetchUnit(const uint8_t *u, int bytes) {
  for (int j = 0; j < bytes; j += 64) __builtin_prefetch(u + AHEAD + j);
}
template <Form F, int R> static __attribute__((noinline)) void streamQuantized(const Product &p, const Activations &x, int g0, int g1) {
  constexpr bool four = isFourBit(F), min = hasMin(F), six = F == Q6K;
  static const int8_t evenOddBytes[16] = {0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15};
  const zi evenOdd = zrepeat16(evenOddBytes), low = zsplatInt(0x000f000f);
  const int units = p.w->units;
  alignas(64) int32_t xp[R][32];  // for each four columns the pairs (k0, k2) and (k1, k3)
  alignas(64) float out[R * 16];
  [[maybe_unused]] alignas(64) uint8_t wide[1024];
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    zf acc[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) acc[r] = zsplat(0.f);
    for (int i = 0; i < units; i++, u += UNIT_BYTES[F]) {
      prefetchUnit(u, UNIT_BYTES[F]);
      zi s[2][2][R];  // [block][chain][row]; the chains are even and odd columns, of Q6K the halves of 16 columns
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) {
        const int16_t *q = x.q + (size_t)r * x.qld + i * UNIT_COLS;
        const int32_t *sum = x.sum + (size_t)r * (x.qld / 32) + i * 2;
        zstore(xp[r], zshuffle8(zloadInt(q), evenOdd));
        zstore(xp[r] + 16, zshuffle8(zloadInt(q + 32), evenOdd));
        for (int b = 0; b < 2; b++) { s[b][0][r] = zsplatInt(F == Q4 ? -8 * sum[b] : 0); s[b][1][r] = zsplatInt(0); }
      }
      const uint8_t *t = payload<F>(u, wide);
      if (four) {
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++) {
          const zi v = zloadInt(t + k * 64), a = v & low, b = v >> 8 & low, c = v >> 4 & low, d = v >> 12 & low;
#pragma GCC unroll 4
          for (int r = 0; r < R; r++) {
            s[0][0][r] = zdot16(s[0][0][r], a, zsplatInt(xp[r][2 * k]));
            s[0][1][r] = zdot16(s[0][1][r], b, zsplatInt(xp[r][2 * k + 1]));
            s[1][0][r] = zdot16(s[1][0][r], c, zsplatInt(xp[r][16 + 2 * k]));
            s[1][1][r] = zdot16(s[1][1][r], d, zsplatInt(xp[r][16 + 2 * k + 1]));
          }
        }
      } else {
#pragma GCC unroll 2
        for (int b = 0; b < 2; b++) {
#pragma GCC unroll 8
          for (int k = 0; k < 8; k++) {
            const zi v = zloadInt(t + b * 512 + k * 64), a = zshiftRight16(zshiftLeft16(v, 8), 8), c = zshiftRight16(v, 8);
#pragma GCC unroll 4
            for (int r = 0; r < R; r++) {
              s[b][six ? k / 4 : 0][r] = zdot16(s[b][six ? k / 4 : 0][r], a, zsplatInt(xp[r][b * 16 + 2 * k]));
              s[b][six ? k / 4 : 1][r] = zdot16(s[b][six ? k / 4 : 1][r], c, zsplatInt(xp[r][b * 16 + 2 * k + 1]));
            }
          }
        }
      }
#pragma GCC unroll 2
      for (int b = 0; b < 2; b++) {
        const zf d = zscales<F>(u, b * 2), d1 = six ? zscales<F>(u, b * 2 + 1) : d, m = min ? zminima<F>(u, b * 2) : d;
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) {
          const float f = x.scale[(size_t)r * x.blocks + i * UNIT_COLS / ACT_BLOCK];
          acc[r] = zfma(zfloat(six ? s[b][0][r] : s[b][0][r] + s[b][1][r]), d * zsplat(f), acc[r]);
          if (six) acc[r] = zfma(zfloat(s[b][1][r]), d1 * zsplat(f), acc[r]);
          if (min) acc[r] = zfma(m, zsplat(f * (float)x.sum[(size_t)r * (x.qld / 32) + i * 2 + b]), acc[r]);
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) zstore(out + r * 16, acc[r]);
    finishRows(p, g, out, 0, R);
  }
}
template <Form F, int R> static __attribute__((noinline)) void streamFloat(const Product &p, const Activations &x, int g0, int g1) {
  const int K = p.w->cols, units = p.w->units;
  alignas(64) float out[R * 16];
  for (int g = g0; g < g1; g++) {
    const uint8_t *u = p.w->unit(g, 0);
    zf s[R][2];
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) s[r][0] = s[r][1] = zsplat(0.f);
    for (int i = 0; i < units; i++, u += UNIT_BYTES[F]) {
      prefetchUnit(u, UNIT_BYTES[F]);
      const int k0 = i * UNIT_COLS;
      const float *row[R];
      float tail[R][UNIT_COLS];
      for (int r = 0; r < R; r++) {
        row[r] = x.f32 + (size_t)r * x.ld + k0;
        if (K - k0 >= UNIT_COLS) continue;
        memset(tail[r], 0, sizeof tail[r]);
        memcpy(tail[r], row[r], (size_t)(K - k0) * 4);
        row[r] = tail[r];
      }
#pragma GCC unroll 8
      for (int j = 0; j < 32; j++) {
        zf a, b;
        floatPair<F>(u, j, &a, &b);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) {
          s[r][0] = zfma(a, zsplat(row[r][2 * j]), s[r][0]);
          s[r][1] = zfma(b, zsplat(row[r][2 * j + 1]), s[r][1]);
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) zstore(out + r * 16, s[r][0] + s[r][1]);
    finishRows(p, g, out, 0, R);
  }
}
template <int R> static void stream(const Product &p, const Activations &x, int g0, int g1) {
  switch (p.w->form) {
    case F32: return streamFloat<F32, R>(p, x, g0, g1);
    case F16: return streamFloat<F16, R>(p, x, g0, g1);
    case BF16: return streamFloat<BF16, R>(p, x, g0, g1);
    case F8: return streamFloat<F8, R>(p, x, g0, g1);
    case Q8: return streamQuantized<Q8, R>(p, x, g0, g1);
    case Q5M: return streamQuantized<Q5M, R>(p, x, g0, g1);
    case Q4: return streamQuantized<Q4, R>(p, x, g0, g1);
    case Q4M: return streamQuantized<Q4M, R>(p, x, g0, g1);
    case Q4K: return streamQuantized<Q4K, R>(p, x, g0, g1);
    case Q5K: return streamQuantized<Q5K, R>(p, x, g0, g1);
    case Q6K: return streamQuantized<Q6K, R>(p, x, g0, g1);
    default: return;
  }
}

// ---------------------------------------------------------------- panels: [k/2][16 rows][2 k] int16, a scale a row
INLINE zf reciprocal(zf s) { return s > 0.f ? zsplat(1.f) / s : zsplat(0.f); }
// At most 4 quantised units: w16 = round(w / S), S = max |w| possible / PANEL_MAX.
template <Form F> static __attribute__((noinline)) void panelQuantized(const uint8_t *u, int units, int16_t *out, float *S) {
  constexpr bool four = isFourBit(F), min = hasMin(F), six = F == Q6K;
  constexpr float range = F == Q8 || six ? 128.f : isFiveBit(F) ? 31.f : F == Q4 ? 8.f : 15.f;
  // The product of (q << SHIFT) and a 16-bit multiplier, with rounding, is q * multiplier >> (15 - SHIFT).
  constexpr int SHIFT = F == Q4M || F == Q4K ? 11 : 8;
  static const int8_t lowBytes[16] = {-1, 0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13};
  static const int8_t highBytes[16] = {-1, 2, -1, 3, -1, 6, -1, 7, -1, 10, -1, 11, -1, 14, -1, 15};
  const zi lowPair = zrepeat16(lowBytes), highPair = zrepeat16(highBytes), nibbles = zsplatInt(0x0f0f0f0f), eight = zsplatInt(0x08080808);
  zf top = zsplat(0.f);
  for (int i = 0; i < units; i++) for (int q = 0; q < 4; q += six ? 1 : 2) {
    const uint8_t *s = u + (size_t)i * UNIT_BYTES[F];
    const zf d = zscales<F>(s, q);
    if (!min) { top = zmax(top, zabs(d * zsplat(range))); continue; }
    const zf m = zminima<F>(s, q);
    top = zmax(zmax(top, zabs(m)), zabs(zfma(d, zsplat(range), m)));
  }
  const zf scale = top * zsplat(1.f / PANEL_MAX), inv = reciprocal(scale);
  zstore(S, scale);
  [[maybe_unused]] alignas(64) uint8_t wide[1024];
  for (int i = 0; i < units; i++) {
    const uint8_t *p = u + (size_t)i * UNIT_BYTES[F], *codes = payload<F>(p, wide);
    for (int b = 0; b < 2; b++) {
      auto multiplier = [&](int q) { return zpairs(zround(zscales<F>(p, q) * inv * zsplat((float)(1 << (15 - SHIFT))))); };
      const zi r0 = multiplier(b * 2), r1 = six ? multiplier(b * 2 + 1) : r0;
      const zi m = min ? zpairs(zround(zminima<F>(p, b * 2) * inv)) : zsplatInt(0);
      const uint8_t *t = codes + (four ? 0 : b * 512);
      int16_t *o = out + (size_t)(i * 2 + b) * 16 * 32;
#pragma GCC unroll 4
      for (int k = 0; k < 8; k++) {
        zi v = zloadInt(t + k * 64);
        if (four) v = (b ? v >> 4 : v) & nibbles;
        if (F == Q4) v = zsub8(v, eight);
        const zi r = k < 4 ? r0 : r1;
        zi a = zshuffle8(v, lowPair), c = zshuffle8(v, highPair);
        if (SHIFT > 8) { a = zshiftLeft16(a, SHIFT - 8); c = zshiftLeft16(c, SHIFT - 8); }
        a = zmulHigh16(a, r); c = zmulHigh16(c, r);
        if (min) { a = zadd16(a, m); c = zadd16(c, m); }
        zstore(o + k * 64, a);
        zstore(o + k * 64 + 32, c);
      }
    }
  }
}
template <Form F> static __attribute__((noinline)) void panelFloat(const uint8_t *u, int units, int16_t *out, float *S) {
  zf top = zsplat(0.f), a, b;
  for (int i = 0; i < units; i++) for (int j = 0; j < 32; j++) {
    floatPair<F>(u + (size_t)i * UNIT_BYTES[F], j, &a, &b);
    top = zmax(zmax(top, zabs(a)), zabs(b));
  }
  const zf scale = top * zsplat(1.f / PANEL_MAX), inv = reciprocal(scale);
  zstore(S, scale);
  for (int i = 0; i < units; i++) for (int j = 0; j < 32; j++) {
    floatPair<F>(u + (size_t)i * UNIT_BYTES[F], j, &a, &b);
    zstore(out + (size_t)(i * 32 + j) * 32, zround(b * inv) << 16 | (zround(a * inv) & 0xffff));
  }
}
static void makePanel(const Weight &w, int group, int u0, int units, int16_t *out, float *S) {
  const uint8_t *u = w.unit(group, u0);
  switch (w.form) {
    case F32: return panelFloat<F32>(u, units, out, S);
    case F16: return panelFloat<F16>(u, units, out, S);
    case BF16: return panelFloat<BF16>(u, units, out, S);
    case F8: return panelFloat<F8>(u, units, out, S);
    case Q8: return panelQuantized<Q8>(u, units, out, S);
    case Q5M: return panelQuantized<Q5M>(u, units, out, S);
    case Q4: return panelQuantized<Q4>(u, units, out, S);
    case Q4M: return panelQuantized<Q4M>(u, units, out, S);
    case Q4K: return panelQuantized<Q4K>(u, units, out, S);
    case Q5K: return panelQuantized<Q5K>(u, units, out, S);
    case Q6K: return panelQuantized<Q6K>(u, units, out, S);
    default: return;
  }
}

// ---------------------------------------------------------------- products of panels
constexpr int ACT_UNITS = ACT_BLOCK / UNIT_COLS;            // units a scale block
constexpr int PANEL_BLOCKS = 8, PANEL_GROUPS = 4;           // 64 rows x 2048 columns: 256 KiB
constexpr int GROUP_PANEL = PANEL_BLOCKS * ACT_BLOCK * 16;  // int16 of one group
constexpr int TILE_ROWS = 12;                               // 12 rows x 2 groups: 24 sums, 2 weights, 1 activation

// MR rows of activations against GR groups over `blocks` scale blocks: acc [GR][TILE_ROWS][16] f32 += .
struct TileArgs { const int16_t *x; int ldx; const float *sx; int lds; const int16_t *w; const float *sw; int blocks, lastPairs; float *acc; };
template <int MR, int GR> static void tile(const TileArgs &t) {
  for (int b = 0; b < t.blocks; b++) {
    const int n = b == t.blocks - 1 ? t.lastPairs : ACT_BLOCK / 2, ldx = t.ldx;
    const int16_t *xb = t.x + b * ACT_BLOCK, *wb = t.w + (size_t)b * ACT_BLOCK * 16;
    zi a[MR][GR];
#pragma GCC unroll 12
    for (int i = 0; i < MR; i++) {
#pragma GCC unroll 2
      for (int g = 0; g < GR; g++) a[i][g] = zsplatInt(0);
    }
    for (int p = 0; p < n; p++) {
      zi w[GR];
#pragma GCC unroll 2
      for (int g = 0; g < GR; g++) w[g] = zloadInt(wb + (size_t)g * GROUP_PANEL + p * 32);
#pragma GCC unroll 12
      for (int i = 0; i < MR; i++) {
        int32_t pair; memcpy(&pair, xb + (size_t)i * ldx + p * 2, 4);
        const zi v = zsplatInt(pair);
#pragma GCC unroll 2
        for (int g = 0; g < GR; g++) a[i][g] = zdot16(a[i][g], w[g], v);
      }
    }
#pragma GCC unroll 2
    for (int g = 0; g < GR; g++) {
      const zf s = zload(t.sw + (g * PANEL_BLOCKS + b) * 16);
#pragma GCC unroll 12
      for (int i = 0; i < MR; i++) {
        float *o = t.acc + (g * TILE_ROWS + i) * 16;
        zstore(o, zfma(zfloat(a[i][g]), s * zsplat(t.sx[(size_t)i * t.lds + b]), zload(o)));
      }
    }
  }
}
using TileFn = void (*)(const TileArgs &);
template <int GR> constexpr TileFn tiles[TILE_ROWS] = {tile<1, GR>, tile<2, GR>, tile<3, GR>, tile<4, GR>,  tile<5, GR>,  tile<6, GR>,
                                                       tile<7, GR>, tile<8, GR>, tile<9, GR>, tile<10, GR>, tile<11, GR>, tile<12, GR>};

static void linearPanels(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  int16_t *panel = (int16_t *)scratch;
  float *S = (float *)(panel + (size_t)PANEL_GROUPS * GROUP_PANEL);
  const int units = p.w->units, span = PANEL_BLOCKS * ACT_UNITS, N = p.w->rows;
  for (int gb = g0; gb < g1; gb += PANEL_GROUPS) {
    const int groups = g1 - gb < PANEL_GROUPS ? g1 - gb : PANEL_GROUPS;
    for (int u0 = 0; u0 < units; u0 += span) {
      const int u1 = u0 + span < units ? u0 + span : units, blocks = (u1 - u0 + ACT_UNITS - 1) / ACT_UNITS;
      const int lastPairs = (u1 - u0 - (blocks - 1) * ACT_UNITS) * UNIT_COLS / 2;
      for (int g = 0; g < groups; g++) for (int b = 0; b < blocks; b++) {
        const int u = u0 + b * ACT_UNITS;
        makePanel(*p.w, gb + g, u, u1 - u < ACT_UNITS ? u1 - u : ACT_UNITS, panel + (size_t)g * GROUP_PANEL + (size_t)b * ACT_BLOCK * 16, S + (g * PANEL_BLOCKS + b) * 16);
      }
      const bool first = u0 == 0, last = u1 == units;
      for (int m = 0; m < x.M; m += TILE_ROWS) {
        const int rows = x.M - m < TILE_ROWS ? x.M - m : TILE_ROWS;
        for (int g = 0; g < groups; g += 2) {
          const int pair = groups - g < 2 ? 1 : 2;
          alignas(64) float acc[2 * TILE_ROWS * 16];
          if (first) memset(acc, 0, sizeof acc);
          else for (int h = 0; h < pair; h++) for (int i = 0; i < rows; i++) {
            const int n0 = (gb + g + h) * 16;
            zstore(acc + (h * TILE_ROWS + i) * 16, zloadRow(p.out + (size_t)(m + i) * p.ldOut, n0, N));
          }
          const TileArgs args = {x.q + (size_t)m * x.qld + u0 * UNIT_COLS, x.qld, x.scale + (size_t)m * x.blocks + u0 / ACT_UNITS, x.blocks,
                                 panel + (size_t)g * GROUP_PANEL, S + g * PANEL_BLOCKS * 16, blocks, lastPairs, acc};
          (pair == 2 ? tiles<2> : tiles<1>)[rows - 1](args);
          for (int h = 0; h < pair; h++) {
            const float *a = acc + h * TILE_ROWS * 16;
            const int n0 = (gb + g + h) * 16, n = N - n0 < 16 ? N - n0 : 16;
            if (last) finishRows(p, gb + g + h, a, m, m + rows);
            else for (int i = 0; i < rows; i++) memcpy(p.out + (size_t)(m + i) * p.ldOut + n0, a + i * 16, (size_t)n * 4);
          }
        }
      }
    }
  }
}

void linear(const Product &p, const Activations &x, int g0, int g1, Mode mode, uint8_t *scratch) {
  if (mode == EXACT) return linearF32<false>(p, x, g0, g1, scratch);
  switch (x.M) {
    case 1: return stream<1>(p, x, g0, g1);
    case 2: return stream<2>(p, x, g0, g1);
    case 3: return stream<3>(p, x, g0, g1);
    case STREAM_ROWS: return stream<STREAM_ROWS>(p, x, g0, g1);
    default: return linearPanels(p, x, g0, g1, scratch);
  }
}
void attention(const AttentionTask &t, Mode mode) { if (mode == EXACT) attentionTask<false>(t); else attentionTask<true>(t); }
size_t noNative(int, int) { return 0; }
}  // namespace

const Kernels *avx512Kernels() {
  constexpr size_t panels = (size_t)PANEL_GROUPS * GROUP_PANEL * 2 + (size_t)PANEL_GROUPS * PANEL_BLOCKS * 16 * 4;
  static const Kernels k = {"avx512", panels > linearF32Scratch ? panels : linearF32Scratch, ALL_FORMS, 0, noNative, quantizeRow, nullptr, linear, attention,
                            rmsNorm, rope, siluMul, add, writeKv, embedRow, softmaxStats, loraAdd};
  return &k;
}
}  // namespace llamero
