// Runs compiled training programs: forward, then backward over the values that forward left in the arena.
#pragma once
#include <atomic>
#include <vector>
#include "memory.h"
#include "pool.h"
#include "train-kernels.h"

namespace llamero {

// Ops as src/native/train-encode.ts writes them, TRAIN_WORDS each; offsets of values are in units of 64 bytes.
enum TrainOpKind : int {
  T_EMBED, T_NORM, T_LINEAR, T_ROPE, T_ATTENTION, T_SILU_MUL, T_ADD, T_LORA_ADD, T_SELECT, T_CROSS_ENTROPY,
  T_SEED, T_EMBED_GRAD, T_NORM_GRAD_X, T_NORM_GRAD_WEIGHT, T_LINEAR_GRAD_X, T_LINEAR_GRAD_WEIGHT, T_ATTENTION_GRAD, T_COLUMNS,
  T_SILU_GRAD_GATE, T_SILU_GRAD_UP, T_LORA_GRAD_X, T_LORA_GRAD_WEIGHTS, T_SELECT_GRAD, T_CROSS_ENTROPY_GRAD
};
constexpr int TRAIN_WORDS = 14;

// Owns copies of everything that came from JavaScript.
struct TrainBatchData {
  std::vector<int32_t> tokens, positions, starts, outputRows, targetIds;
  std::vector<float> targetProbs;
};

struct Product2D {
  int M, N, K;
  const float *a; size_t ai, ak;  // A_ik = a[i * ai + k * ak]
  const float *b; size_t bj, bk;
  float *c; size_t ldc;
  float alpha;
  bool accumulate;
};

class TrainExecutable {
 public:
  TrainExecutable(const TrainKernels &k, Pool &pool, std::vector<int32_t> code, int backwardStart, std::vector<int32_t> paramShapes,
                  std::vector<std::vector<double>> frequencies, int maxRows, int maxOutputs, size_t valueBytes, bool bf16);
  // Memory of the parameters, resolved again before each run; gradients may be null.
  std::vector<float *> values, gradients;
  std::vector<const float *> seeds;
  TrainBatchData batch;
  // Runs one part; false when cancelled.
  bool run(bool backward);
  const float *value(int offset) const { return (const float *)(arena_.data() + (size_t)offset * 64); }
  size_t bytes() const { return arena_.bytes(); }
  std::atomic<bool> busy{false};

 private:
  float *at(int offset) const { return (float *)(arena_.data() + (size_t)offset * 64); }
  template <class F> void rows(int n, size_t workPerRow, const F &fn);
  template <class F> void columns(int D, const F &fn);
  void prepare();
  void product(const Product2D &p);
  void attention(const int32_t *p, bool backward);
  void lora(const int32_t *p);
  void crossEntropy(const int32_t *p);
  void step(const int32_t *p);
  const TrainKernels &k_;
  const ProductKernels &product_;
  Pool &pool_;
  std::vector<int32_t> code_;
  int backwardStart_;
  std::vector<int32_t> paramShapes_;
  std::vector<std::vector<double>> frequencies_;
  int maxRows_;
  Arena arena_;
  // Parts of the arena behind the program's values.
  uint8_t *packedB_, *packedA_;
  float *attention_, *delta_, *cosSin_, *low_, *perRow_;
  size_t packedABytes_, attentionFloats_, lowFloats_;
};

}  // namespace llamero
