// Causal attention of training in blocks (Dao et al. 2022): scores are never stored, the backward pass makes them again
// from the log-sum-exp of each row. Included as gemm.h is. All sums run in the order of rows, within one call.
#pragma once
#include "train-rows.h"

namespace llamero {
namespace {

constexpr int BQ = ATTENTION_BLOCK / MR * MR, BK = ATTENTION_BLOCK;
static_assert(BK % NR == 0);

// Equal parts of a thread's scratch.
struct Parts {
  float *next;
  size_t size;
  Parts(float *scratch, int headDim) : next(scratch), size(trainAttentionFloats(headDim) / 14) {}
  float *take() { float *p = next; next += size; return p; }
};

static void attention(const TrainAttention &t, int start, int first, int rows, int head, float *scratch) {
  const int hd = t.headDim, kvHead = head / (t.heads / t.kvHeads);
  const size_t ldq = (size_t)t.heads * hd, ldk = (size_t)t.kvHeads * hd;
  Parts parts(scratch, hd);
  float *pq = parts.take(), *pk = parts.take(), *pv = parts.take(), *S = parts.take(), *ps = parts.take(), *O = parts.take();
  float top[BQ], sum[BQ];
  for (int r = 0; r < rows; r++) { top[r] = -INFINITY; sum[r] = 0; }
  pack<MR>(t.q + (size_t)(start + first) * ldq + (size_t)head * hd, ldq, 1, rows, hd, pq);
  for (int j0 = 0; j0 < first + rows; j0 += BK) {
    const int keys = first + rows - j0 < BK ? first + rows - j0 : BK;
    const size_t at = (size_t)(start + j0) * ldk + (size_t)kvHead * hd;
    pack<NR>(t.k + at, ldk, 1, keys, hd, pk);
    product(rows, keys, hd, pq, pk, S, BK, t.scale, false);
    for (int r = 0; r < rows; r++) {
      float *s = S + r * BK;
      const int seen = first + r - j0 + 1 < keys ? first + r - j0 + 1 : keys;
      if (seen <= 0) { memset(s, 0, (size_t)keys * 4); continue; }
      for (int i = seen; i < BK; i++) s[i] = -INFINITY;
      const float m = maxOf(s, BK), now = m > top[r] ? m : top[r], shrink = expf(top[r] - now);
      vf total = {};
      for (int i = 0; i < BK; i += L) { const vf p = vexp(load(s + i) - now); total += p; store(s + i, p); }
      sum[r] = sum[r] * shrink + sumLanes(total);
      top[r] = now;
      if (j0 && shrink != 1) for (int i = 0; i < hd; i++) O[r * hd + i] *= shrink;
    }
    pack<MR>(S, BK, 1, rows, keys, ps);
    pack<NR>(t.v + at, 1, ldk, hd, keys, pv);
    product(rows, hd, keys, ps, pv, O, hd, 1, j0 > 0);
  }
  for (int r = 0; r < rows; r++) {
    const size_t row = start + first + r;
    const float inverse = 1.f / sum[r];
    float *out = t.out + row * ldq + (size_t)head * hd;
    for (int i = 0; i < hd; i++) out[i] = O[r * hd + i] * inverse;
    t.lse[row * t.heads + head] = top[r] + logf(sum[r]);
  }
}

// P = exp(scale * Q K^T - lse), dP = dO V^T, dS = scale * P * (dP - delta); dV = P^T dO, dQ = dS K, dK = dS^T Q.
static void attentionGrad(const TrainAttention &t, int start, int length, int kvHead, float *scratch) {
  const int hd = t.headDim, group = t.heads / t.kvHeads;
  const size_t ldq = (size_t)t.heads * hd, ldk = (size_t)t.kvHeads * hd;
  Parts parts(scratch, hd);
  float *kT = parts.take(), *vT = parts.take(), *kB = parts.take(), *qA = parts.take(), *qB = parts.take(), *oA = parts.take(), *oB = parts.take();
  float *S = parts.take(), *dP = parts.take(), *pT = parts.take(), *sT = parts.take(), *sA = parts.take();
  for (int r = 0; r < length; r++) for (int g = 0; g < group; g++) {
    const size_t row = start + r, head = kvHead * group + g;
    const float *a = t.dy + row * ldq + head * hd, *b = t.out + row * ldq + head * hd;
    vf s = {};
    int i = 0;
    for (; i + L <= hd; i += L) s = mla(s, load(a + i), load(b + i));
    float sum = sumLanes(s);
    for (; i < hd; i++) sum += a[i] * b[i];
    t.delta[row * t.heads + head] = sum;
  }
  for (int j0 = 0; j0 < length; j0 += BK) {
    const int keys = length - j0 < BK ? length - j0 : BK;
    const size_t at = (size_t)(start + j0) * ldk + (size_t)kvHead * hd, to = (size_t)(start + j0) * t.ldGrad + (size_t)kvHead * hd;
    pack<NR>(t.k + at, ldk, 1, keys, hd, kT);
    pack<NR>(t.v + at, ldk, 1, keys, hd, vT);
    pack<NR>(t.k + at, 1, ldk, hd, keys, kB);
    bool more = false;
    for (int i0 = j0 / BQ * BQ; i0 < length; i0 += BQ) for (int g = 0; g < group; g++) {
      const int rows = length - i0 < BQ ? length - i0 : BQ, head = kvHead * group + g;
      const size_t from = (size_t)(start + i0) * ldq + (size_t)head * hd;
      pack<MR>(t.q + from, ldq, 1, rows, hd, qA);
      pack<NR>(t.q + from, 1, ldq, hd, rows, qB);
      pack<MR>(t.dy + from, ldq, 1, rows, hd, oA);
      pack<NR>(t.dy + from, 1, ldq, hd, rows, oB);
      product(rows, keys, hd, qA, kT, S, BK, t.scale, false);
      product(rows, keys, hd, oA, vT, dP, BK, 1, false);
      for (int r = 0; r < rows; r++) {
        float *s = S + r * BK, *d = dP + r * BK;
        const size_t row = (size_t)(start + i0 + r) * t.heads + head;
        int seen = i0 + r - j0 + 1 < keys ? i0 + r - j0 + 1 : keys;
        if (seen < 0) seen = 0;
        for (int i = seen; i < BK; i++) { s[i] = -INFINITY; d[i] = 0; }
        const float lse = t.lse[row], delta = t.delta[row];
        for (int i = 0; i < BK; i += L) {
          const vf p = vexp(load(s + i) - lse);
          store(s + i, p);
          store(d + i, p * (load(d + i) - delta) * t.scale);
        }
      }
      pack<MR>(S, 1, BK, keys, rows, pT);
      pack<MR>(dP, 1, BK, keys, rows, sT);
      pack<MR>(dP, BK, 1, rows, keys, sA);
      product(keys, hd, rows, pT, oB, t.dv + to, t.ldGrad, 1, more);
      product(keys, hd, rows, sT, qB, t.dk + to, t.ldGrad, 1, more);
      product(rows, hd, keys, sA, kB, t.dq + (size_t)(start + i0) * t.ldGrad + (size_t)head * hd, t.ldGrad, 1, j0 > 0);
      more = true;
    }
  }
}

}  // namespace
}  // namespace llamero

#define TRAIN_KERNELS(function, label) \
  const TrainKernels *function() { \
    static const TrainKernels k = {label, {MR, NR, 256, 1, 4, pack<MR>, pack<NR>, tile, nullptr, nullptr}, nullptr, inverseRms, rmsNorm, rmsNormGradX, addProduct, rope, siluMul, \
                                   siluMulGradGate, siluMulGradUp, add, softmaxStats, scaledExp, attention, attentionGrad, adamw, sumOfSquares}; \
    return &k; \
  }
