// What every instruction set provides for training. All values are f32.
// Legend: T rows of a batch, D hidden size, V vocabulary; a product is C_MN (+)= alpha * A_MK B_KN.
#pragma once
#include <cstddef>
#include <cstdint>

namespace llamero {

// Inputs of causal attention: q [T, heads * headDim], k and v [T, kvHeads * headDim], out as q, lse [T, heads].
struct TrainAttention {
  const float *q, *k, *v;
  float *out, *lse;
  int heads, kvHeads, headDim;
  float scale;
  // Backward only: delta [T, heads] is scratch; dq, dk and dv are rows of `ldGrad` values.
  const float *dy;
  float *delta, *dq, *dk, *dv;
  size_t ldGrad;
};

struct AdamW { float decay, beta1, beta2, fresh1, fresh2, rate, rootScale, eps, gradientScale; };  // fresh = 1 - beta

constexpr int ATTENTION_BLOCK = 64;  // queries (rounded down to whole tiles) and keys of a block

// How an instruction set multiplies packed panels of one format.
struct ProductKernels {
  int mr, nr;         // rows and columns of a tile
  int depth, align;   // most k of a panel, and what it is padded to
  size_t bytes;       // of a packed element
  // Panels of mr rows of A, or nr columns of B, zero padded. Element (i, k) is src[i * is + k * ks].
  void (*packA)(const float *src, size_t is, size_t ks, int n, int kc, void *out);
  void (*packB)(const float *src, size_t is, size_t ks, int n, int kc, void *out);
  // rows x cols of C from one panel of each; sums over kc in order.
  void (*tile)(int kc, const void *a, const void *b, float *c, size_t ldc, int rows, int cols, float alpha, bool accumulate);
  void (*begin)(), (*end)();  // around the tiles that a thread computes in a row; null when there is nothing to do
};

struct TrainKernels {
  const char *name;
  ProductKernels f32;
  const ProductKernels *bf16;  // null where it gains nothing

  float (*inverseRms)(const float *x, int D, float eps);
  void (*rmsNorm)(const float *x, const float *w, float *out, int D, float eps);
  void (*rmsNormGradX)(const float *dy, const float *x, const float *w, float *out, int D, float eps);
  void (*addProduct)(const float *a, const float *b, float s, float *out, size_t n);  // out += a * b * s
  void (*rope)(const float *x, float *out, int heads, int headDim, bool adjacent, bool inverse, const float *cosSin);
  void (*siluMul)(const float *gate, const float *up, float *out, size_t n);
  void (*siluMulGradGate)(const float *dy, const float *gate, const float *up, float *out, size_t n);
  void (*siluMulGradUp)(const float *dy, const float *gate, float *out, size_t n);
  void (*add)(const float *a, const float *b, float *out, size_t n);
  // Maximum, and sum of exp(x - maximum).
  void (*softmaxStats)(const float *x, int n, float *max, double *sum);
  // out = factor * exp(x - max)
  void (*scaledExp)(const float *x, int n, float max, float factor, float *out);
  // Rows [first, first + rows) of one sequence of `length` rows from `start` for one head; scratch of attentionFloats.
  void (*attention)(const TrainAttention &, int start, int first, int rows, int head, float *scratch);
  // All rows of a sequence for the heads of one KV head.
  void (*attentionGrad)(const TrainAttention &, int start, int length, int kvHead, float *scratch);
  void (*adamw)(float *value, const float *gradient, float *m, float *v, size_t n, const AdamW &);
  double (*sumOfSquares)(const float *x, size_t n);
};

inline size_t trainAttentionFloats(int headDim) {
  const size_t wide = (headDim > ATTENTION_BLOCK ? headDim : ATTENTION_BLOCK) + 32;
  return 14 * wide * (ATTENTION_BLOCK + 32);
}

const TrainKernels *genericTrainKernels();
const TrainKernels *avx2TrainKernels();
const TrainKernels *avx512TrainKernels();
const TrainKernels *amxTrainKernels();
const TrainKernels *neonTrainKernels();

}  // namespace llamero
