// Runs compiled programs: a list of phases over one scratch arena.
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "kernels.h"
#include "memory.h"
#include "pool.h"

namespace llamero {

// Words of a phase as src/native/encode.ts writes them; offsets are in units of 64 bytes.
enum PhaseKind : int { P_INPUT, P_EMBED, P_NORM, P_LINEAR, P_ROPE, P_WRITE_KV, P_ATTENTION, P_SILU_MUL, P_ADD, P_SELECT, P_LORA };

// An adapter's targets by number (rank 0: not a target), and the matrices they point into.
struct AdapterEntry { std::vector<LoraTarget> targets; std::vector<float> values; };

struct Sequence { int rowStart, rowCount, position; const int32_t *blocks; std::shared_ptr<AdapterEntry> adapter; };

// The header of one run; owns copies of everything that came from JavaScript.
struct StepData {
  std::vector<int32_t> tokens, outputRows, blocks;
  std::vector<Sequence> sequences;
  std::vector<std::vector<float>> inputs;
};

// A weight of one row (a norm) is kept as plain f32 in `vector`; its Weight has no data.
struct WeightEntry { Weight weight; Arena arena; std::vector<float> rowScale, vector; };
struct KvEntry { KvPool pool; Arena arena; };

class Executable {
 public:
  Executable(const Kernels &k, Pool &pool, std::vector<int32_t> code, std::vector<std::shared_ptr<WeightEntry>> weights, std::shared_ptr<KvEntry> kv,
             std::vector<std::vector<double>> frequencies, int maxRows, int maxOutputs, size_t valueBytes, Mode mode);
  // Returns false when cancelled.
  bool run(const StepData &step);
  const float *value(int offset) const { return (const float *)(arena_.data() + (size_t)offset * 64); }
  size_t bytes() const { return arena_.bytes(); }
  std::atomic<bool> busy{false};

 private:
  float *at(int offset) const { return (float *)(arena_.data() + (size_t)offset * 64); }
  void prepare(const StepData &step);
  template <class F> void rows(int n, size_t workPerRow, const F &fn);
  int count(int32_t dim, const StepData &step) const;
  // What a linear phase does, made once: its products, and runs of row groups, small for one row (balance), for more of
  // them as long as every thread gets several (groups share a pass over the activations).
  struct Item { int product, g0, g1; };
  // Forms of activations that its products read.
  struct LinearPlan { std::vector<Product> products; std::vector<Item> one, many; bool quantized, native; };
  LinearPlan planLinear(const int32_t *p) const;
  void linear(const int32_t *p, const LinearPlan &plan, int M);
  void attention(const int32_t *p, const StepData &step);
  void lora(const int32_t *p, const StepData &step);
  const Kernels &k_;
  Pool &pool_;
  std::vector<int32_t> code_;
  std::vector<std::shared_ptr<WeightEntry>> weights_;
  std::shared_ptr<KvEntry> kv_;
  std::vector<std::vector<double>> frequencies_;
  int maxRows_, maxOutputs_;
  Mode mode_;
  Arena arena_;
  // Parts of the arena behind the program's values.
  int16_t *actQ_; float *actScale_; int32_t *actSum_; uint8_t *actNative_; float *attnScratch_; uint8_t *linearScratch_; float *cosSin_;
  size_t attnFloats_, linearBytes_;
  struct RowPlace { int sequence, position, block, slot; };
  std::vector<RowPlace> place_;
  std::vector<LinearPlan> linears_;  // in the order of the code
  struct Tile { int sequence, row, rows; };
  std::vector<Tile> tiles_;
};

}  // namespace llamero
