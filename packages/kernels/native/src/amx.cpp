// AMX: one or two rows as AVX-512; small batches of quantised weights on int8 tiles; everything else multiplies bf16 tiles.
// Weights become bf16 panels in cache ([k/2][16 rows][2 k] is the tile unit's own order, so bf16 weights are read in place);
// activations are rounded to bf16 once a linear.
#include "int8-tiles.h"
#if !defined(LLAMERO_INT8_ROWS)
#define LLAMERO_INT8_ROWS 32  // the test program also builds 0, to compare
#endif

namespace llamero {
namespace {

constexpr int STREAM_ROWS = 2;    // up to here: the AVX-512 kernels
constexpr int INT8_ROWS = LLAMERO_INT8_ROWS;  // up to here: quantised weights on int8 tiles
constexpr int SMALL_ROWS = 32;    // up to here: every weight is converted to bf16 and used at once
static_assert(INT8_ROWS <= SMALL_ROWS);
constexpr int TILE_BYTES = 1024, TILE_COLS = 32;
constexpr int PANEL_TILES = 32;   // columns of a K panel: 1024, so that 512 rows of activations are 1 MiB
constexpr int PANEL_GROUPS = 4;
constexpr int BLOCK_TILES = 32;   // row tiles whose sums are kept: 512 rows
constexpr int L1_TILES = 8;       // 128 rows x 32 outputs, 256 columns at a time: sums and weights stay in L1

size_t align64(size_t n) { return (n + 63) / 64 * 64; }
int padded(int K) { return (K + UNIT_COLS - 1) / UNIT_COLS * UNIT_COLS; }
// Row tiles: one, or an even number.
int rowTiles(int M) { return M <= 16 ? 1 : (M + 31) / 32 * 2; }

// ---------------------------------------------------------------- activations
// Up to STREAM_ROWS rows: what AVX-512 wants. More: bf16 tiles [K panel][row tile][tile of the panel][16 rows][32 columns];
// up to INT8_ROWS rows the int8 form follows.
struct Streamed { int16_t *q; float *scale; int32_t *sum; size_t bytes; };
Streamed streamedParts(int M, int K, void *base) {
  const size_t qBytes = align64((size_t)M * padded(K) * 2), scaleBytes = align64((size_t)M * ((padded(K) + ACT_BLOCK - 1) / ACT_BLOCK) * 4);
  uint8_t *p = (uint8_t *)base;
  return {(int16_t *)p, (float *)(p + qBytes), (int32_t *)(p + qBytes + scaleBytes), qBytes + scaleBytes + align64((size_t)M * (padded(K) / 32) * 4)};
}
const uint8_t *rowTile(const void *base, int tilesM, int tilesK, int m, int k) {
  const int k0 = k / PANEL_TILES * PANEL_TILES, depth = tilesK - k0 < PANEL_TILES ? tilesK - k0 : PANEL_TILES;
  return (const uint8_t *)base + ((size_t)k0 * tilesM + (size_t)m * depth + (k - k0)) * TILE_BYTES;
}
size_t tileBytes(int M, int K) { return (size_t)rowTiles(M) * (padded(K) / TILE_COLS) * TILE_BYTES; }
Int8Rows int8Part(int M, int K, void *base) { return int8Rows(rowTiles(M), padded(K) / UNIT_COLS, (uint8_t *)base + tileBytes(M, K)); }
// Grows with M and K: what the largest step needs holds every smaller one.
size_t nativeActBytes(int M, int K) {
  const size_t streamed = streamedParts(M < STREAM_ROWS ? M : STREAM_ROWS, K, nullptr).bytes;
  if (M <= STREAM_ROWS) return streamed;
  const size_t tiles = tileBytes(M, K) + (M <= INT8_ROWS ? int8Part(M, K, nullptr).bytes : 0);
  return streamed > tiles ? streamed : tiles;
}
void nativeAct(const Activations &x, int m0, int m1, void *out) {
  const int K = x.K, Kp = padded(K);
  if (x.M <= STREAM_ROWS) {
    const Streamed s = streamedParts(x.M, K, out);
    for (int m = m0; m < m1; m++) avx512Kernels()->quantizeRow(x.f32 + (size_t)m * x.ld, K, s.q + (size_t)m * Kp, s.scale + (size_t)m * x.blocks, s.sum + (size_t)m * (Kp / 32));
    return;
  }
  const int tilesM = rowTiles(x.M), end = m1 == x.M ? tilesM * 16 : m1;  // the last part also clears the rows that pad a tile
  for (int m = m0; m < end; m++) {
    const float *row = m < x.M ? x.f32 + (size_t)m * x.ld : nullptr;
    for (int k = 0; k < Kp; k += TILE_COLS) {
      uint8_t *o = const_cast<uint8_t *>(rowTile(out, tilesM, Kp / TILE_COLS, m / 16, k / TILE_COLS)) + (m % 16) * 64;
      zstore(o, row ? zbf16(zloadRow(row, k, K), zloadRow(row, k + 16, K)) : zsplatInt(0));
    }
    if (x.M <= INT8_ROWS) quantizeInt8(int8Part(x.M, K, out), m, row, K, Kp / UNIT_COLS);
  }
}

// ---------------------------------------------------------------- weights to bf16
// Columns a and b of 16 rows as bf16 pairs, rounded half up.
INLINE zi pairBf16(zf a, zf b) {
  const zu x = (zu)a + 0x8000, y = (zu)b + 0x8000;
  return (zi)(x >> 16 | (y & 0xffff0000));
}
// One unit to two tiles.
template <Form F> INLINE void unitToBf16(const uint8_t *u, uint8_t *out) {
  if (!isQuantized(F)) {
#pragma GCC unroll 4
    for (int j = 0; j < 32; j++) {
      zf a, b;
      floatPair<F>(u, j, &a, &b);
      zstore(out + j * 64, pairBf16(a, b));
    }
    return;
  }
  constexpr bool four = isFourBit(F), offset = F == Q4 || hasMin(F), six = F == Q6K;
  // Byte j of each lane to its top, zeros below: the code times 2^24.
  static const int8_t topBytes[4][16] = {{-1, -1, -1, 0, -1, -1, -1, 4, -1, -1, -1, 8, -1, -1, -1, 12}, {-1, -1, -1, 1, -1, -1, -1, 5, -1, -1, -1, 9, -1, -1, -1, 13},
                                         {-1, -1, -1, 2, -1, -1, -1, 6, -1, -1, -1, 10, -1, -1, -1, 14}, {-1, -1, -1, 3, -1, -1, -1, 7, -1, -1, -1, 11, -1, -1, -1, 15}};
  const zi t0 = zrepeat16(topBytes[0]), t1 = zrepeat16(topBytes[1]), t2 = zrepeat16(topBytes[2]), t3 = zrepeat16(topBytes[3]);
  const zi nibbles = zsplatInt(0x0f0f0f0f);
  [[maybe_unused]] alignas(64) uint8_t wide[1024];
  const uint8_t *codes = payload<F>(u, wide);
#pragma GCC unroll 2
  for (int b = 0; b < 2; b++) {
    const zf scale = zscales<F>(u, b * 2), d0 = scale * zsplat(0x1p-24f), d1 = six ? zscales<F>(u, b * 2 + 1) * zsplat(0x1p-24f) : d0;
    const zf m = F == Q4 ? scale * zsplat(-8.f) : hasMin(F) ? zminima<F>(u, b * 2) : zsplat(0.f);
    const uint8_t *t = codes + (four ? 0 : b * 512);
    uint8_t *o = out + b * TILE_BYTES;
#pragma GCC unroll 4
    for (int k = 0; k < 8; k++) {
      zi v = zloadInt(t + k * 64);
      if (four) v = (b ? v >> 4 : v) & nibbles;
      const zf d = k < 4 ? d0 : d1;
      auto value = [&](zi top) { const zf w = zfloat(top); return offset ? zfma(w, d, m) : w * d; };
      zstore(o + k * 128, pairBf16(value(zshuffle8(v, t0)), value(zshuffle8(v, t1))));
      zstore(o + k * 128 + 64, pairBf16(value(zshuffle8(v, t2)), value(zshuffle8(v, t3))));
    }
  }
}

// ---------------------------------------------------------------- up to 32 rows: weights streamed once
constexpr int AHEAD = 2048;  // bytes of prefetch distance; more than a page is slower
template <Form F, int MT> static void linearSmall(const Product &p, const Activations &x, int g0, int g1) {
  constexpr bool ready = F == BF16;
  const int units = p.w->units, tilesK = units * 2;
  alignas(64) uint8_t converted[2][2 * TILE_BYTES];
  alignas(64) float sums[2 * MT][256];
  for (int g = g0; g < g1; g++) {
    const uint8_t *w = p.w->unit(g, 0);
    tileZero<0>(); tileZero<1>();
    if (MT == 2) { tileZero<2>(); tileZero<3>(); }
    if (!ready) unitToBf16<F>(w, converted[0]);
    for (int u = 0; u < units; u++) {
      const uint8_t *here = w + (size_t)u * UNIT_BYTES[F], *b = ready ? here : converted[u & 1];
      for (int j = 0; j < UNIT_BYTES[F]; j += 64) __builtin_prefetch(here + AHEAD + j);
      if (!ready && u + 1 < units) unitToBf16<F>(here + UNIT_BYTES[F], converted[~u & 1]);  // while the tiles are busy with this one
      const uint8_t *a = rowTile(x.native, MT, tilesK, 0, u * 2);
      tileLoad<6>(b); tileLoad<4>(a); tileDotBf16<0, 4, 6>();
      tileLoad<7>(b + TILE_BYTES); tileLoad<5>(a + TILE_BYTES); tileDotBf16<1, 5, 7>();
      if (MT == 2) {
        const uint8_t *c = rowTile(x.native, MT, tilesK, 1, u * 2);
        tileLoad<4>(c); tileDotBf16<2, 4, 6>();
        tileLoad<5>(c + TILE_BYTES); tileDotBf16<3, 5, 7>();
      }
    }
    tileStore<0>(sums[0]); tileStore<1>(sums[1]);
    if (MT == 2) { tileStore<2>(sums[2]); tileStore<3>(sums[2 * MT - 1]); }
    for (int t = 0; t < MT; t++) {
      for (int r = 0; r < 16; r++) zstore(sums[2 * t] + r * 16, zload(sums[2 * t] + r * 16) + zload(sums[2 * t + 1] + r * 16));
      finishRows(p, g, sums[2 * t], t * 16, x.M < t * 16 + 16 ? x.M : t * 16 + 16);
    }
  }
}

// ---------------------------------------------------------------- many rows: panels of weights in L2
// Cache lines of up to PANEL_GROUPS pieces of weights, fetched into L2 a few at a time.
struct Prefetch {
  const uint8_t *base; size_t stride, pieceBytes; int pieces; size_t at = 0; int perStep = 0;
  inline __attribute__((always_inline)) void step() {
    for (int i = 0; i < perStep && pieces > 0; i++) {
      __builtin_prefetch(base + at, 0, 2);
      at += 64;
      if (at >= pieceBytes) { at = 0; base += stride; pieces--; }
    }
  }
};
// 32 rows x 32 outputs over `steps` tiles of columns: c [row tile][PANEL_GROUPS][16][16] += a * b.
// `claim`: where the results will go; its lines are fetched for writing.
INLINE void multiply(const uint8_t *a0, const uint8_t *a1, const uint8_t *b0, const uint8_t *b1, int steps, float *c, bool first, float *claim, size_t ld, Prefetch &next) {
  float *c1 = c + PANEL_GROUPS * 256;
  if (first) { tileZero<0>(); tileZero<1>(); tileZero<2>(); tileZero<3>(); }
  else { tileLoad<0>(c); tileLoad<1>(c + 256); tileLoad<2>(c1); tileLoad<3>(c1 + 256); }
  for (int s = 0; s < steps; s++) {
    const size_t at = (size_t)s * TILE_BYTES;
    tileLoad<6>(b0 + at); tileLoad<4>(a0 + at); tileDotBf16<0, 4, 6>();
    tileLoad<7>(b1 + at); tileDotBf16<1, 4, 7>();
    tileLoad<5>(a1 + at); tileDotBf16<2, 5, 6>(); tileDotBf16<3, 5, 7>();
    next.step();
    if (claim) for (int r = s * 4; r < s * 4 + 4; r++) { prefetchWrite(claim + r * ld); prefetchWrite(claim + r * ld + 16); }
  }
  tileStore<0>(c); tileStore<1>(c + 256); tileStore<2>(c1); tileStore<3>(c1 + 256);
}
template <Form F> static void linearPanels(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  constexpr bool ready = F == BF16;
  float *acc = (float *)scratch;  // [row tile of the block][PANEL_GROUPS][16][16]
  uint8_t *panel = scratch + (size_t)BLOCK_TILES * PANEL_GROUPS * 1024;
  const Weight &w = *p.w;
  const int tilesM = rowTiles(x.M), tilesK = w.units * 2;
  for (int mb = 0; mb < tilesM; mb += BLOCK_TILES) for (int gb = g0; gb < g1; gb += PANEL_GROUPS) {
    const int mEnd = mb + BLOCK_TILES < tilesM ? mb + BLOCK_TILES : tilesM, groups = g1 - gb < PANEL_GROUPS ? g1 - gb : PANEL_GROUPS;
    for (int k0 = 0; k0 < tilesK; k0 += PANEL_TILES) {
      const int depth = tilesK - k0 < PANEL_TILES ? tilesK - k0 : PANEL_TILES;
      const bool last = k0 + depth == tilesK;
      const uint8_t *b[PANEL_GROUPS];
      for (int g = 0; g < groups; g++) {
        const uint8_t *u = w.unit(gb + g, k0 / 2);
        b[g] = ready ? u : panel + (size_t)g * PANEL_TILES * TILE_BYTES;
        if (!ready) for (int i = 0; i < depth / 2; i++) unitToBf16<F>(u + (size_t)i * UNIT_BYTES[F], panel + ((size_t)g * PANEL_TILES + i * 2) * TILE_BYTES);
      }
      // What will be converted next: the next columns of these groups, or the first of the following ones.
      const int nextGroup = last ? gb + PANEL_GROUPS : gb, nextK = last ? 0 : k0 + PANEL_TILES, left = w.groups - nextGroup;
      Prefetch next{nullptr, (size_t)w.units * UNIT_BYTES[F], 0, left < 0 ? 0 : left < PANEL_GROUPS ? left : PANEL_GROUPS};
      if (next.pieces > 0) {
        next.base = w.unit(nextGroup, nextK / 2);
        next.pieceBytes = (size_t)((tilesK - nextK < PANEL_TILES ? tilesK - nextK : PANEL_TILES) / 2) * UNIT_BYTES[F];
        const size_t steps = (size_t)((mEnd - mb) / 2) * ((groups + 1) / 2) * depth;
        next.perStep = (int)((next.pieceBytes / 64 * next.pieces + steps - 1) / steps);
      }
      for (int m0 = mb; m0 < mEnd; m0 += L1_TILES) {
        const int m1 = m0 + L1_TILES < mEnd ? m0 + L1_TILES : mEnd;
        for (int g = 0; g < groups; g += 2) {
          const uint8_t *b0 = b[g], *b1 = g + 1 < groups ? b[g + 1] : b0;  // an odd last group is multiplied twice, the copy ignored
          for (int k = 0; k < depth; k += L1_TILES) {
            const int steps = depth - k < L1_TILES ? depth - k : L1_TILES;
            const bool end = last && k + steps == depth;
            for (int m = m0; m < m1; m += 2) {
              float *claim = end ? p.out + (size_t)m * 16 * p.ldOut + (gb + g) * 16 : nullptr;
              multiply(rowTile(x.native, tilesM, tilesK, m, k0 + k), rowTile(x.native, tilesM, tilesK, m + 1, k0 + k), b0 + (size_t)k * TILE_BYTES, b1 + (size_t)k * TILE_BYTES, steps,
                       acc + ((size_t)(m - mb) * PANEL_GROUPS + g) * 256, k0 + k == 0, claim, (size_t)p.ldOut, next);
            }
          }
        }
        if (last) for (int m = m0; m < m1 && m * 16 < x.M; m++) for (int g = 0; g < groups; g++)
          finishRows(p, gb + g, acc + ((size_t)(m - mb) * PANEL_GROUPS + g) * 256, m * 16, x.M < m * 16 + 16 ? x.M : m * 16 + 16);
      }
    }
  }
}

// ---------------------------------------------------------------- entry
template <Form F> static void linearForm(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  if constexpr (isQuantized(F) && F != Q6K) if (x.M <= INT8_ROWS) {  // a scale of 16 columns is too narrow for the tiles
    const Int8Rows rows = int8Part(x.M, x.K, const_cast<void *>(x.native));
    if (x.M <= 4) return linearInt8<F, 4>(p, x.M, rows, g0, g1);
    if (x.M <= 8) return linearInt8<F, 8>(p, x.M, rows, g0, g1);
    return linearInt8<F, 16>(p, x.M, rows, g0, g1);
  }
  tileConfigureFull();
  if (x.M > SMALL_ROWS) linearPanels<F>(p, x, g0, g1, scratch);
  else if (x.M > 16) linearSmall<F, 2>(p, x, g0, g1);
  else linearSmall<F, 1>(p, x, g0, g1);
  tileRelease();  // leaves nothing for the system to save when it switches threads
}
void linear(const Product &p, const Activations &x, int g0, int g1, Mode mode, uint8_t *scratch) {
  if (mode == EXACT) return linearF32<false>(p, x, g0, g1, scratch);
  if (x.M <= STREAM_ROWS) {
    const Streamed s = streamedParts(x.M, x.K, const_cast<void *>(x.native));
    Activations a = x;
    a.q = s.q; a.scale = s.scale; a.sum = s.sum;
    return avx512Kernels()->linear(p, a, g0, g1, mode, scratch);
  }
  switch (p.w->form) {
    case F32: return linearForm<F32>(p, x, g0, g1, scratch);
    case F16: return linearForm<F16>(p, x, g0, g1, scratch);
    case BF16: return linearForm<BF16>(p, x, g0, g1, scratch);
    case F8: return linearForm<F8>(p, x, g0, g1, scratch);
    case Q8: return linearForm<Q8>(p, x, g0, g1, scratch);
    case Q5M: return linearForm<Q5M>(p, x, g0, g1, scratch);
    case Q4: return linearForm<Q4>(p, x, g0, g1, scratch);
    case Q4M: return linearForm<Q4M>(p, x, g0, g1, scratch);
    case Q4K: return linearForm<Q4K>(p, x, g0, g1, scratch);
    case Q5K: return linearForm<Q5K>(p, x, g0, g1, scratch);
    case Q6K: return linearForm<Q6K>(p, x, g0, g1, scratch);
    default: return;
  }
}
void attention(const AttentionTask &t, Mode mode) { if (mode == EXACT) attentionTask<false>(t); else attentionTask<true>(t); }
}  // namespace

const Kernels *amxKernels() {
  constexpr size_t panels = (size_t)BLOCK_TILES * PANEL_GROUPS * 1024 + (size_t)PANEL_GROUPS * PANEL_TILES * TILE_BYTES;
  static const Kernels k = {"amx", panels > linearF32Scratch ? panels : linearF32Scratch, 0, ALL_FORMS, nativeActBytes, nullptr, nativeAct, linear, attention,
                            rmsNorm, rope, siluMul, add, writeKv, embedRow, softmaxStats, loraAdd};
  return &k;
}
}  // namespace llamero
