// Every kernel in plain vector code (8 lanes), included by each instruction set's file and compiled with its flags.
// Built with -ffp-contract=off: EXACT results have the same bits wherever they are computed.
#pragma once
#include <cmath>
#include <cstdlib>
#include "half.h"
#include "kernels.h"
#if defined(__FMA__)
#include <immintrin.h>
#endif
#define INLINE static inline __attribute__((always_inline))

namespace llamero {
namespace {

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));
typedef uint32_t vu __attribute__((vector_size(32)));

INLINE vf load(const float *p) { vf v; memcpy(&v, p, 32); return v; }
INLINE void store(float *p, vf v) { memcpy(p, &v, 32); }
INLINE vf splat(float x) { return vf{x, x, x, x, x, x, x, x}; }
INLINE vf vmax(vf a, vf b) {  // b where either is NaN
#if defined(__AVX__)
  return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}
// acc + a * b: two roundings in EXACT mode, one where FAST mode has FMA.
template <bool Fuse> INLINE vf mla(vf acc, vf a, vf b) {
#if defined(__FMA__)
  if (Fuse) return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)acc);
#endif
  return acc + a * b;
}
INLINE float sumLanes(vf v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }
INLINE float maxLanes(vf v) {
  v = vmax(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3));
  v = vmax(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5));
  return vmax(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6))[0];
}
// exp(x), relative error about 2e-7; below -87 it is 0 (Cephes' polynomial).
INLINE vf vexp(vf x) {
  vf c = vmax(splat(-87.f), -vmax(splat(-88.f), -x));
  vf n = (c * 1.44269504f + 12582912.f) - 12582912.f;
  vf r = (c - n * 0.693359375f) - n * -2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  vi e = (__builtin_convertvector(n, vi) + 127) << 23;
  vf s; memcpy(&s, &e, 32);
  vf y = p * s;  // NaN stays NaN
  return x < -87.f ? splat(0.f) : y;
}

// ---------------------------------------------------------------- weights to f32
#if defined(__AVX512BW__)
typedef uint16_t vh __attribute__((vector_size(64)));
#else
typedef uint16_t vh __attribute__((vector_size(32)));
#endif
// Codes of a unit of five or six bits in the order of q8: [k/4][16 rows][4 k] bytes.
template <bool Six> INLINE void widenCodes(const uint8_t *p, uint8_t *out) {
  for (int h = 0; h < 64; h += (int)sizeof(vh)) {
    vh low[4], v;
#pragma GCC unroll 4
    for (int b = 0; b < (Six ? 4 : 2); b++) memcpy(low + b, p + 512 + b * 64 + h, sizeof v);
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) {
      memcpy(&v, p + k * 64 + h, sizeof v);
      vh a, b;
      if (Six) {
        const vh x = low[k / 4], y = low[2 + k / 4];
        const int j = k % 4 * 2;
        a = (v << 4 & 0xf0f0) | ((j < 2 ? x << 2 : x >> (j - 2)) & 0x0c0c);
        b = (v & 0xf0f0) | ((j < 2 ? y << 2 : y >> (j - 2)) & 0x0c0c);
      } else {
        a = (v & 0x0f0f) | ((k < 4 ? low[0] << (4 - k) : low[0] >> (k - 4)) & 0x1010);
        b = (v >> 4 & 0x0f0f) | ((k < 4 ? low[1] << (4 - k) : low[1] >> (k - 4)) & 0x1010);
      }
      memcpy(out + k * 64 + h, &a, sizeof a);
      memcpy(out + 512 + k * 64 + h, &b, sizeof b);
    }
  }
}
// Where the codes of a unit are: those of five and six bits are widened into `wide` (1 KiB) and then look like q8.
template <Form F> INLINE const uint8_t *payload(const uint8_t *u, uint8_t *wide) {
  if (!isFiveBit(F) && F != Q6K) return u + payloadOffset(F);
  widenCodes<F == Q6K>(u + payloadOffset(F), wide);
  return wide;
}
// Scale and minimum of row r over the columns 16 q .. 16 q + 15 of a quantised unit.
struct Affine { float d, m; };
INLINE Affine affine(Form f, const uint8_t *u, int q, int r) {
  auto half = [&](int at) { uint16_t h; memcpy(&h, u + at, 2); return f16ToFloat(h); };
  if (f == Q6K) { float d; memcpy(&d, u + r * 4, 4); return {d * (float)(int8_t)u[64 + q * 16 + r], 0}; }
  const int b = q / 2;
  if (isNested(f)) return {half(r * 2) * (float)u[64 + b * 16 + r], half(32 + r * 2) * (float)u[96 + b * 16 + r]};
  return {half((b * 16 + r) * 2), hasMin(f) ? half(64 + (b * 16 + r) * 2) : 0};
}
// One unit to a panel [64 k][16 rows].
static void unpackF32(Form form, const uint8_t *u, float *out) {
  const uint8_t *p = u + payloadOffset(form);
  if (form == F32) { memcpy(out, p, 4096); return; }
  if (form == F16 || form == BF16) {
    for (int k = 0; k < UNIT_COLS; k++) for (int r = 0; r < UNIT_ROWS; r++) {
      uint16_t h; memcpy(&h, p + ((k / 2) * 32 + r * 2 + (k & 1)) * 2, 2);
      out[k * 16 + r] = form == BF16 ? bf16ToFloat(h) : f16ToFloat(h);
    }
    return;
  }
  Affine by[4][16];
  if (isQuantized(form)) for (int q = 0; q < 4; q++) for (int r = 0; r < 16; r++) by[q][r] = affine(form, u, q, r);
  uint8_t wide[1024];
  if (isFiveBit(form)) { widenCodes<false>(p, wide); p = wide; }
  if (form == Q6K) { widenCodes<true>(p, wide); p = wide; }
  for (int k = 0; k < UNIT_COLS; k++) {
    int b = k / 32;
    const Affine *a = by[k / 16];
    const uint8_t *row = isFourBit(form) ? p + ((k % 32) / 4) * 64 + k % 4 : p + (k / 4) * 64 + k % 4;
    float *o = out + k * 16;
    for (int r = 0; r < 16; r++) {
      uint8_t v = row[r * 4];
      switch (form) {
        case F8: o[r] = f8ToFloat(v); break;
        case Q8: case Q6K: o[r] = a[r].d * (float)(int8_t)v; break;
        case Q5M: case Q5K: o[r] = a[r].d * (float)v + a[r].m; break;
        case Q4: o[r] = a[r].d * (float)((b ? v >> 4 : v & 15) - 8); break;
        default: o[r] = a[r].d * (float)(b ? v >> 4 : v & 15) + a[r].m;
      }
    }
  }
}

// ---------------------------------------------------------------- linear, f32
constexpr int PANEL_UNITS = 16;  // columns unpacked at a time: 1024, 64 KiB
template <bool Fuse, int MR> INLINE void linearTile(const float *x, int ldx, const float *w, int k, float *out, int ldo) {
  vf a[MR][2];
  for (int i = 0; i < MR; i++) { a[i][0] = load(out + (size_t)i * ldo); a[i][1] = load(out + (size_t)i * ldo + 8); }
  for (int j = 0; j < k; j++) {
    vf w0 = load(w + j * 16), w1 = load(w + j * 16 + 8);
    for (int i = 0; i < MR; i++) {
      vf b = splat(x[(size_t)i * ldx + j]);
      a[i][0] = mla<Fuse>(a[i][0], b, w0);
      a[i][1] = mla<Fuse>(a[i][1], b, w1);
    }
  }
  for (int i = 0; i < MR; i++) { store(out + (size_t)i * ldo, a[i][0]); store(out + (size_t)i * ldo + 8, a[i][1]); }
}
// Adds row factor and residual to finished sums acc [M][16] and writes the rows that exist.
INLINE void finishGroup(const Product &p, int g, const float *acc, int m0, int m1) {
  int n0 = g * 16, n = p.w->rows - n0 < 16 ? p.w->rows - n0 : 16;
  for (int m = m0; m < m1; m++) {
    const float *a = acc + (size_t)(m - m0) * 16;
    float *o = p.out + (size_t)m * p.ldOut + n0;
    const float *r = p.residual ? p.residual + (size_t)m * p.ldOut + n0 : nullptr;
    for (int i = 0; i < n; i++) {
      float v = p.w->rowScale ? a[i] * p.w->rowScale[n0 + i] : a[i];
      o[i] = r ? r[i] + v : v;
    }
  }
}
constexpr int EXACT_ROWS = 64;  // rows of activations whose sums are kept while a group is unpacked
template <bool Fuse> static void linearF32(const Product &p, const Activations &x, int g0, int g1, uint8_t *scratch) {
  float *panel = (float *)scratch, *acc = panel + PANEL_UNITS * UNIT_COLS * 16;
  const int K = p.w->cols;
  for (int g = g0; g < g1; g++) for (int mb = 0; mb < x.M; mb += EXACT_ROWS) {
    int rows = x.M - mb < EXACT_ROWS ? x.M - mb : EXACT_ROWS;
    memset(acc, 0, (size_t)rows * 64);
    for (int u0 = 0; u0 < p.w->units; u0 += PANEL_UNITS) {
      int u1 = u0 + PANEL_UNITS < p.w->units ? u0 + PANEL_UNITS : p.w->units, k0 = u0 * UNIT_COLS;
      for (int u = u0; u < u1; u++) unpackF32(p.w->form, p.w->unit(g, u), panel + (size_t)(u - u0) * UNIT_COLS * 16);
      int k = (K < u1 * UNIT_COLS ? K : u1 * UNIT_COLS) - k0, m = 0;
      const float *xr = x.f32 + (size_t)mb * x.ld + k0;
      for (; m + 4 <= rows; m += 4) linearTile<Fuse, 4>(xr + (size_t)m * x.ld, x.ld, panel, k, acc + m * 16, 16);
      for (; m < rows; m++) linearTile<Fuse, 1>(xr + (size_t)m * x.ld, x.ld, panel, k, acc + m * 16, 16);
    }
    finishGroup(p, g, acc, mb, mb + rows);
  }
}
constexpr size_t linearF32Scratch = (size_t)(PANEL_UNITS * UNIT_COLS * 16 + EXACT_ROWS * 16) * 4;

// ---------------------------------------------------------------- attention
// One KV block of one head to f32: K transposed [headDim][32], V [32][headDim].
INLINE void loadHalf8(const uint16_t *h, float *out) {
#if defined(__F16C__)
  store(out, (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)h)));
#else
  vu b = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]};
  const vu e = b & 0x7c00, m = b & 0x3ff;
  const vf tiny = __builtin_convertvector((vi)m, vf) * 0x1p-24f;
  const vu normal = ((b & 0x7fff) << 13) + (e == 0x7c00 ? (vu){} + 0x70000000 : (vu){} + 0x38000000);
  store(out, (vf)((e == 0 ? (vu)tiny : normal) | (b & 0x8000) << 16));
#endif
}
static void loadKvBlock(const KvPool &kv, const uint8_t *head, float *k, float *v) {
  const int n = kv.headDim * KV_BLOCK;
  if (!kv.int8) {
    const uint16_t *h = (const uint16_t *)head;
    for (int i = 0; i < n; i += 8) { loadHalf8(h + i, k + i); loadHalf8(h + n + i, v + i); }
    return;
  }
  const int8_t *q = (const int8_t *)head;
  const float *ks = (const float *)(head + 2 * n), *vs = ks + KV_BLOCK;
  for (int d = 0; d < kv.headDim; d++) for (int t = 0; t < KV_BLOCK; t++) k[d * KV_BLOCK + t] = (float)q[d * KV_BLOCK + t] * ks[t];
  for (int t = 0; t < KV_BLOCK; t++) for (int d = 0; d < kv.headDim; d++) v[t * kv.headDim + d] = (float)q[n + t * kv.headDim + d] * vs[t];
}
// The widest vector here, for loops whose lanes never meet: results do not depend on it.
#if defined(__AVX512F__) || defined(LLAMERO_EMULATE)
constexpr int WIDE = 16, QUERIES = 6;
typedef float wf __attribute__((vector_size(64)));
#else
// Rows of queries whose sums fit into the registers: 12 of 16 on AVX, 24 of 32 on Arm, 8 of 16 on SSE.
constexpr int WIDE = 8;
#if defined(__AVX__) || defined(__aarch64__)
constexpr int QUERIES = 3;
#else
constexpr int QUERIES = 1;
#endif
typedef float wf __attribute__((vector_size(32)));
#endif
constexpr int WIDES = KV_BLOCK / WIDE;
INLINE wf loadWide(const float *p) { wf v; memcpy(&v, p, sizeof v); return v; }
INLINE void storeWide(float *p, wf v) { memcpy(p, &v, sizeof v); }
template <bool Fuse> INLINE wf mlaWide(wf acc, float a, wf b) {
#if defined(__AVX512F__)
  const wf x = (wf)_mm512_set1_ps(a);
  return Fuse ? (wf)_mm512_fmadd_ps((__m512)x, (__m512)b, (__m512)acc) : acc + x * b;
#elif defined(LLAMERO_EMULATE)
  return acc + (wf{} + a) * b;
#else
  return mla<Fuse>(acc, splat(a), b);
#endif
}
// 32 columns of MR rows: c[i][0..31] = (keep ? c : 0) + sum over k < n of a[i * lda + k] * b[k * ldb + 0..31], in that order.
template <bool Fuse, int MR> INLINE void product32(const float *a, int lda, const float *b, int ldb, int n, float *c, int ldc, bool keep) {
  wf s[MR][WIDES];
#pragma GCC unroll 6
  for (int i = 0; i < MR; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < WIDES; j++) s[i][j] = keep ? loadWide(c + i * ldc + j * WIDE) : wf{};
  }
  for (int k = 0; k < n; k++, b += ldb) {
    wf w[WIDES];
#pragma GCC unroll 4
    for (int j = 0; j < WIDES; j++) w[j] = loadWide(b + j * WIDE);
#pragma GCC unroll 6
    for (int i = 0; i < MR; i++) {
      const float x = a[i * lda + k];
#pragma GCC unroll 4
      for (int j = 0; j < WIDES; j++) s[i][j] = mlaWide<Fuse>(s[i][j], x, w[j]);
#if defined(__AVX__) && !defined(LLAMERO_EMULATE)
#pragma GCC unroll 4
      for (int j = 0; j < WIDES; j++) asm volatile("" : "+v"(s[i][j]));  // keeps GCC from hoisting all loads and spilling the sums
#endif
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < MR; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < WIDES; j++) storeWide(c + i * ldc + j * WIDE, s[i][j]);
  }
}
// The same for Q rows. How rows are taken together changes no result.
template <bool Fuse> static void product32Rows(int Q, const float *a, int lda, const float *b, int ldb, int n, float *c, int ldc, bool keep) {
  for (int i = 0; i < Q;) {
    const int left = Q - i, rows = left == QUERIES + 1 && left > 2 ? left / 2 : left < QUERIES ? left : QUERIES;
    const float *x = a + (size_t)i * lda;
    float *y = c + (size_t)i * ldc;
    switch (rows) {
#if defined(__AVX512F__) || defined(LLAMERO_EMULATE)
      case 6: product32<Fuse, 6>(x, lda, b, ldb, n, y, ldc, keep); break;
      case 5: product32<Fuse, 5>(x, lda, b, ldb, n, y, ldc, keep); break;
      case 4: product32<Fuse, 4>(x, lda, b, ldb, n, y, ldc, keep); break;
#endif
      case 3: product32<Fuse, 3>(x, lda, b, ldb, n, y, ldc, keep); break;
      case 2: product32<Fuse, 2>(x, lda, b, ldb, n, y, ldc, keep); break;
      default: product32<Fuse, 1>(x, lda, b, ldb, n, y, ldc, keep);
    }
    i += rows;
  }
}
// Softmax(q k^T) v for the query heads of one KV head and up to ATTENTION_ROWS / group rows, block by block with a
// running maximum (Milakov & Gimelshein 2018). A block is converted once for all of them. Blocks start at multiples of 32,
// and a row meets them alone, so its result does not depend on the rows beside it. Sums of FOLD_BLOCKS blocks go into a second
// level: one f32 sum of 131,072 terms, few of them distinct, was off by 8e-4 of its value.
constexpr int FOLD_BLOCKS = 16;
template <bool Fuse> static void attentionTask(const AttentionTask &t) {
  const int hd = t.headDim, Q = t.rows * t.group;
  float *K = t.scratch, *V = K + hd * KV_BLOCK, *q = V + hd * KV_BLOCK, *acc = q + ATTENTION_ROWS * hd;
  float *s = acc + ATTENTION_ROWS * hd, *mx = s + ATTENTION_ROWS * KV_BLOCK, *sum = mx + ATTENTION_ROWS;
  float *folded = sum + ATTENTION_ROWS, *foldedSum = folded + ATTENTION_ROWS * hd;
  for (int i = 0; i < Q; i++) {
    const float *src = t.q + (size_t)(i / t.group) * t.ldq + (size_t)(t.kvHead * t.group + i % t.group) * hd;
    for (int d = 0; d < hd; d++) q[i * hd + d] = src[d] * t.scale;
    mx[i] = -INFINITY; sum[i] = 0; foldedSum[i] = 0;
  }
  memset(acc, 0, (size_t)Q * hd * 4);
  memset(folded, 0, (size_t)Q * hd * 4);
  const int blocks = (t.firstPosition + t.rows - 1) / KV_BLOCK + 1;
  for (int b = 0; b < blocks; b++) {
    // A row that has ended is folded once more: adding zero to it changes nothing.
    if (b > 0 && b % FOLD_BLOCKS == 0) {
      for (int i = 0; i < Q * hd; i += 8) { store(folded + i, load(folded + i) + load(acc + i)); store(acc + i, splat(0.f)); }
      for (int i = 0; i < Q; i++) { foldedSum[i] = foldedSum[i] + sum[i]; sum[i] = 0; }
    }
    loadKvBlock(*t.kv, t.kv->head(t.blockTable[b], t.layer, t.kvHead), K, V);
    // Rows before `from` lie before the block.
    const int early = b * KV_BLOCK - t.firstPosition, from = early > 0 ? early * t.group : 0;
    product32Rows<Fuse>(Q - from, q + from * hd, hd, K, KV_BLOCK, hd, s + from * KV_BLOCK, KV_BLOCK, false);
    for (int i = from; i < Q; i++) {
      int limit = t.firstPosition + i / t.group + 1 - b * KV_BLOCK;
      if (limit > KV_BLOCK) limit = KV_BLOCK;
      float *si = s + i * KV_BLOCK;
      for (int j = limit; j < KV_BLOCK; j++) si[j] = -INFINITY;
      vf m = vmax(vmax(load(si), load(si + 8)), vmax(load(si + 16), load(si + 24)));
      float top = maxLanes(m), next = top > mx[i] ? top : mx[i];
      if (next == -INFINITY) next = 0;  // a row of -inf scores (bad weights) must not make 0 * inf here
      vf total = splat(0.f);
#pragma GCC unroll 4
      for (int j = 0; j < KV_BLOCK; j += 8) { vf e = vexp(load(si + j) - next); store(si + j, e); total = total + e; }
      if (next == mx[i]) { sum[i] = sum[i] + sumLanes(total); continue; }
      const float fix = vexp(splat(mx[i] - next))[0];
      sum[i] = sum[i] * fix + sumLanes(total);
      foldedSum[i] = foldedSum[i] * fix;
      mx[i] = next;
      for (int d = i * hd; d < (i + 1) * hd; d += 8) { store(acc + d, load(acc + d) * fix); store(folded + d, load(folded + d) * fix); }
    }
    int tokens = t.firstPosition + t.rows - b * KV_BLOCK, d = 0;
    if (tokens > KV_BLOCK) tokens = KV_BLOCK;
    for (; d + 32 <= hd; d += 32) product32Rows<Fuse>(Q - from, s + from * KV_BLOCK, KV_BLOCK, V + d, hd, tokens, acc + from * hd + d, hd, true);
    for (; d < hd; d += 8) for (int i = from; i < Q; i++) {
      vf a = load(acc + i * hd + d);
      for (int k = 0; k < tokens; k++) a = mla<Fuse>(a, splat(s[i * KV_BLOCK + k]), load(V + k * hd + d));
      store(acc + i * hd + d, a);
    }
  }
  for (int i = 0; i < Q; i++) {
    float *o = t.out + (size_t)(i / t.group) * t.ldo + (size_t)(t.kvHead * t.group + i % t.group) * hd;
    float inv = 1.f / (foldedSum[i] + sum[i]);
    for (int d = 0; d < hd; d++) o[d] = (folded[i * hd + d] + acc[i * hd + d]) * inv;
  }
}

// ---------------------------------------------------------------- small ops
static void rmsNorm(const float *x, const float *w, float *out, int D, float eps) {
  vf a = splat(0.f);
  int i = 0;
  for (; i + 8 <= D; i += 8) { vf v = load(x + i); a = a + v * v; }
  float total = sumLanes(a);
  for (; i < D; i++) total = total + x[i] * x[i];
  float r = 1.f / sqrtf(total / (float)D + eps);
  for (i = 0; i + 8 <= D; i += 8) store(out + i, (load(x + i) * r) * load(w + i));
  for (; i < D; i++) out[i] = (x[i] * r) * w[i];
}
// cosSin: headDim/2 cosines, then headDim/2 sines, of this row's position.
static void rope(float *x, int heads, int hd, bool adjacent, const float *cosSin) {
  const int half = hd / 2;
  const float *c = cosSin, *s = cosSin + half;
  for (int h = 0; h < heads; h++, x += hd) for (int i = 0; i < half; i++) {
    int a = adjacent ? 2 * i : i, b = adjacent ? 2 * i + 1 : i + half;
    float p = x[a], q = x[b];
    x[a] = p * c[i] - q * s[i];
    x[b] = p * s[i] + q * c[i];
  }
}
static void siluMul(const float *gate, const float *up, float *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) { vf g = load(gate + i); store(out + i, g / (1.f + vexp(-g)) * load(up + i)); }
  for (; i < n; i++) { vf g = splat(gate[i]); out[i] = (g / (1.f + vexp(-g)))[0] * up[i]; }
}
static void add(const float *a, const float *b, float *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}
static void loraAdd(const LoraTarget &t, const float *x, const float *base, float *out, int rows) {
  alignas(64) float low[LORA_ROWS][LORA_MAX_RANK];
  const int K = t.cols, N = t.rows, R = t.rank;
  if (rows < LORA_ROWS) {
    for (int m = 0; m < rows; m++)
      for (int r = 0; r < R; r += 8) {
        const float *a = t.a + (size_t)r * K;
        vf s{};
        for (int k = 0; k < K; k++) s += load(a + k * 8) * x[(size_t)m * K + k];
        store(low[m] + r, s);
      }
  } else {
    for (int r = 0; r < R; r += 8) {
      const float *a = t.a + (size_t)r * K;
      vf s0{}, s1{}, s2{}, s3{};
      for (int k = 0; k < K; k++) {
        const vf v = load(a + k * 8);
        s0 += v * x[k]; s1 += v * x[(size_t)K + k]; s2 += v * x[(size_t)2 * K + k]; s3 += v * x[(size_t)3 * K + k];
      }
      store(low[0] + r, s0); store(low[1] + r, s1); store(low[2] + r, s2); store(low[3] + r, s3);
    }
  }
  for (int n = 0; n < N; n += 8) {
    const float *b = t.b + (size_t)n * R;
    vf s[LORA_ROWS] = {};
    for (int r = 0; r < R; r++) {
      const vf v = load(b + r * 8);
      for (int m = 0; m < rows; m++) s[m] += v * low[m][r];
    }
    for (int m = 0; m < rows; m++) {
      const float *from = base + (size_t)m * N + n;
      float *to = out + (size_t)m * N + n;
      if (n + 8 <= N) store(to, load(from) + s[m] * t.scale);
      else for (int i = 0; n + i < N; i++) to[i] = from[i] + s[m][i] * t.scale;
    }
  }
}
static void writeKv(const KvPool &kv, int block, int slot, int layer, const float *k, const float *v) {
  const int hd = kv.headDim, n = hd * KV_BLOCK;
  for (int h = 0; h < kv.heads; h++, k += hd, v += hd) {
    uint8_t *head = kv.head(block, layer, h);
    if (!kv.int8) {
      uint16_t *o = (uint16_t *)head;
      for (int d = 0; d < hd; d++) { o[d * KV_BLOCK + slot] = floatToF16(k[d]); o[n + slot * hd + d] = floatToF16(v[d]); }
      continue;
    }
    int8_t *o = (int8_t *)head;
    float *scales = (float *)(head + 2 * n);
    for (int side = 0; side < 2; side++) {
      const float *x = side ? v : k;
      float top = 0;
      for (int d = 0; d < hd; d++) top = fabsf(x[d]) > top ? fabsf(x[d]) : top;
      float inv = top > 0 ? 127.f / top : 0.f;
      scales[side * KV_BLOCK + slot] = top / 127.f;
      for (int d = 0; d < hd; d++) {
        int8_t q = (int8_t)lrintf(x[d] * inv);
        if (side) o[n + slot * hd + d] = q; else o[d * KV_BLOCK + slot] = q;
      }
    }
  }
}
static void embedRow(const Weight &w, int row, float *out) {
  const int r = row % 16;
  const float factor = w.rowScale ? w.rowScale[row] : 1.f;
  for (int u = 0; u < w.units; u++, out += UNIT_COLS) {
    const uint8_t *unit = w.unit(row / 16, u), *p = unit + payloadOffset(w.form);
    const int n = w.cols - u * UNIT_COLS < UNIT_COLS ? w.cols - u * UNIT_COLS : UNIT_COLS;
    Affine by[4] = {};
    uint16_t h;
    if (isQuantized(w.form)) for (int q = 0; q < 4; q++) by[q] = affine(w.form, unit, q, r);
    for (int k = 0; k < n; k++) {
      const int b = k / 32, j = k % 32, at = (j / 4) * 64 + r * 4 + k % 4, nibble = p[at] >> (b * 4) & 15;
      const auto [d, m] = by[k / 16];
      float v;
      switch (w.form) {
        case F32: memcpy(&v, p + (k * 16 + r) * 4, 4); break;
        case F16: case BF16: memcpy(&h, p + ((k / 2) * 32 + r * 2 + (k & 1)) * 2, 2); v = w.form == BF16 ? bf16ToFloat(h) : f16ToFloat(h); break;
        case F8: v = f8ToFloat(p[(k / 4) * 64 + r * 4 + k % 4]); break;
        case Q8: v = d * (float)(int8_t)p[b * 512 + at]; break;
        case Q4: v = d * (float)(nibble - 8); break;
        case Q5M: case Q5K: v = d * (float)(nibble | (p[512 + b * 64 + r * 4 + k % 4] >> (j / 4) & 1) << 4) + m; break;
        case Q6K: v = d * (float)(int8_t)(nibble << 4 | (p[512 + k / 16 * 64 + r * 4 + k % 4] >> (j / 4 % 4 * 2) & 3) << 2); break;
        default: v = d * (float)nibble + m;
      }
      out[k] = w.rowScale ? v * factor : v;
    }
  }
}
static void softmaxStats(const float *x, int n, float *max, double *sum) {
  vf m = splat(-INFINITY);
  int i = 0;
  for (; i + 8 <= n; i += 8) m = vmax(m, load(x + i));
  float top = maxLanes(m);
  for (; i < n; i++) top = x[i] > top ? x[i] : top;
  double total = 0;
  for (i = 0; i + 32 <= n; i += 32) {
    const vf a = vexp(load(x + i) - top) + vexp(load(x + i + 8) - top), b = vexp(load(x + i + 16) - top) + vexp(load(x + i + 24) - top);
    total += (double)sumLanes(a + b);
  }
  for (; i + 8 <= n; i += 8) total += (double)sumLanes(vexp(load(x + i) - top));
  for (; i < n; i++) total += (double)vexp(splat(x[i] - top))[0];
  *max = top; *sum = total;
}

}  // namespace
}  // namespace llamero
