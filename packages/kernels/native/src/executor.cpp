#include "executor.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace llamero {
namespace {
float asFloat(int32_t word) { float f; memcpy(&f, &word, 4); return f; }
size_t align(size_t n) { return (n + 63) / 64 * 64; }
constexpr int PRODUCT_WORDS = 4;  // weight, out, columns of out, residual or -1
int phaseWords(const int32_t *p) { return p[0] == P_LINEAR ? 5 + p[4] * PRODUCT_WORDS : 8; }
}  // namespace

Executable::Executable(const Kernels &k, Pool &pool, std::vector<int32_t> code, std::vector<std::shared_ptr<WeightEntry>> weights, std::shared_ptr<KvEntry> kv,
                       std::vector<std::vector<double>> frequencies, int maxRows, int maxOutputs, size_t valueBytes, Mode mode)
    : k_(k), pool_(pool), code_(std::move(code)), weights_(std::move(weights)), kv_(std::move(kv)), frequencies_(std::move(frequencies)),
      maxRows_(maxRows), maxOutputs_(maxOutputs), mode_(mode) {
  int maxK = 0, headDim = 0;
  for (size_t i = 0; i < code_.size(); i += phaseWords(&code_[i])) {
    if (code_[i] == P_LINEAR) maxK = std::max(maxK, code_[i + 2]);
    if (code_[i] == P_ATTENTION) headDim = std::max(headDim, code_[i + 6]);
  }
  int M = std::max(maxRows, maxOutputs);
  for (size_t i = 0; i < code_.size(); i += phaseWords(&code_[i])) if (code_[i] == P_LINEAR) M = std::max(M, -code_[i + 3]);
  const int padded = (maxK + 63) / 64 * 64, blocks = (padded + ACT_BLOCK - 1) / ACT_BLOCK;
  size_t freqFloats = 0;
  for (auto &f : frequencies_) freqFloats += f.size() * 2;
  attnFloats_ = align(attentionScratch(headDim) * 4) / 4;
  linearBytes_ = align(k_.linearScratch);
  const bool q = mode_ == FAST && k_.quantized != 0;
  size_t at = valueBytes;
  auto take = [&](size_t n) { size_t here = at; at += align(n); return here; };
  size_t oq = take(q ? (size_t)M * padded * 2 : 0), os = take(q ? (size_t)M * blocks * 4 : 0), om = take(q ? (size_t)M * (padded / 32) * 4 : 0);
  size_t on = take(mode_ == FAST ? k_.nativeActBytes(M, maxK) : 0);
  size_t oa = take((headDim ? attnFloats_ * 4 : 0) * pool.threads()), ol = take(linearBytes_ * pool.threads()), oc = take((size_t)maxRows * freqFloats * 4);
  arena_ = Arena(at);
  uint8_t *d = arena_.data();
  actQ_ = (int16_t *)(d + oq); actScale_ = (float *)(d + os); actSum_ = (int32_t *)(d + om); actNative_ = d + on;
  attnScratch_ = (float *)(d + oa); linearScratch_ = d + ol; cosSin_ = (float *)(d + oc);
  for (size_t i = 0; i < code_.size(); i += phaseWords(&code_[i])) if (code_[i] == P_LINEAR) linears_.push_back(planLinear(&code_[i]));
}

// Row loops run in line when they are too small to be worth waking anybody.
template <class F> void Executable::rows(int n, size_t workPerRow, const F &fn) {
  if ((size_t)n * workPerRow < 32768) { for (int i = 0; i < n; i++) fn(i); return; }
  pool_.run(n, [&](int i, int) { fn(i); });
}

// Rows of a dimension word: 0 the step's rows, 1 its output rows, -n a fixed number n.
int Executable::count(int32_t dim, const StepData &step) const {
  return dim < 0 ? -dim : dim ? (int)step.outputRows.size() : (int)step.tokens.size();
}

void Executable::prepare(const StepData &step) {
  place_.resize(step.tokens.size());
  tiles_.clear();
  for (size_t s = 0; s < step.sequences.size(); s++) {
    const Sequence &q = step.sequences[s];
    for (int r = 0; r < q.rowCount; r++) {
      int position = q.position + r;
      place_[q.rowStart + r] = {(int)s, position, q.blocks ? q.blocks[position / KV_BLOCK] : 0, position % KV_BLOCK};
    }
  }
  const size_t M = step.tokens.size();
  float *out = cosSin_;
  for (auto &f : frequencies_) {
    const int half = (int)f.size();
    rows((int)M, half * 64, [&](int r) {
      for (int i = 0; i < half; i++) {
        double angle = (double)place_[r].position * f[i];
        out[(size_t)r * 2 * half + i] = (float)cos(angle);
        out[(size_t)r * 2 * half + half + i] = (float)sin(angle);
      }
    });
    out += M * 2 * half;
  }
}

Executable::LinearPlan Executable::planLinear(const int32_t *p) const {
  LinearPlan plan;
  int groups = 0;
  uint32_t forms = 0;
  for (int i = 0; i < p[4]; i++) {
    const int32_t *w = p + 5 + i * PRODUCT_WORDS;
    const Weight &weight = weights_[w[0]]->weight;
    plan.products.push_back({&weight, at(w[1]), w[3] < 0 ? nullptr : at(w[3]), w[2]});
    groups += weight.groups;
    forms |= 1u << weight.form;
  }
  plan.quantized = mode_ == FAST && (forms & k_.quantized);
  plan.native = mode_ == FAST && (forms & k_.native);
  auto split = [&](std::vector<Item> &items, int chunk) {
    for (int i = 0; i < p[4]; i++) {
      const int n = plan.products[i].w->groups;
      for (int g = 0; g < n; g += chunk) items.push_back({i, g, std::min(g + chunk, n)});
    }
  };
  split(plan.one, std::max(1, groups / (pool_.threads() * 8)));
  split(plan.many, groups < pool_.threads() * 32 ? 2 : 4);
  return plan;
}

void Executable::linear(const int32_t *p, const LinearPlan &plan, int M) {
  const int K = p[2], padded = (K + 63) / 64 * 64;
  Activations a{at(p[1]), K, M, K, nullptr, nullptr, nullptr, nullptr, padded, (padded + ACT_BLOCK - 1) / ACT_BLOCK};
  if (plan.quantized) {
    a.q = actQ_; a.scale = actScale_; a.sum = actSum_;
    rows(M, K, [&](int m) {
      k_.quantizeRow(a.f32 + (size_t)m * K, K, actQ_ + (size_t)m * padded, actScale_ + (size_t)m * a.blocks, actSum_ + (size_t)m * (padded / 32));
    });
  }
  if (plan.native) {
    a.native = actNative_;
    const int step = 16, n = (M + step - 1) / step;
    if ((size_t)M * K < 32768) k_.nativeAct(a, 0, M, actNative_);
    else pool_.run(n, [&](int i, int) { k_.nativeAct(a, i * step, std::min(M, (i + 1) * step), actNative_); });
  }
  for (int i = 0; i < p[4]; i++) {
    const std::vector<float> &vector = weights_[p[5 + i * PRODUCT_WORDS]]->vector;
    if (vector.empty()) continue;
    const Product &one = plan.products[i];  // a single output: a dot product in column order
    for (int m = 0; m < M; m++) {
      float sum = 0;
      for (int k = 0; k < K; k++) sum += a.f32[(size_t)m * K + k] * vector[k];
      one.out[m] = one.residual ? one.residual[m] + sum : sum;
    }
  }
  const std::vector<Item> &items = M > 1 ? plan.many : plan.one;
  pool_.run((int)items.size(), [&](int i, int t) {
    const Item &item = items[i];
    k_.linear(plan.products[item.product], a, item.g0, item.g1, mode_, linearScratch_ + linearBytes_ * t);
  });
}

void Executable::attention(const int32_t *p, const StepData &step) {
  const int layer = p[3], heads = p[4], kvHeads = p[5], hd = p[6], group = heads / kvHeads;
  const float *q = at(p[1]);
  float *out = at(p[2]);
  if (tiles_.empty()) {
    const int most = std::max(1, ATTENTION_ROWS / group);
    for (size_t s = 0; s < step.sequences.size(); s++)
      for (int r = 0; r < step.sequences[s].rowCount; r += most) tiles_.push_back({(int)s, r, std::min(most, step.sequences[s].rowCount - r)});
    // Longest first, so that the last ones to finish are short.
    std::stable_sort(tiles_.begin(), tiles_.end(), [&](const Tile &a, const Tile &b) {
      return step.sequences[a.sequence].position + a.row > step.sequences[b.sequence].position + b.row;
    });
  }
  auto task = [&](int i, int t) {
    const Tile &tile = tiles_[i / kvHeads];
    const Sequence &s = step.sequences[tile.sequence];
    const size_t row = (size_t)(s.rowStart + tile.row);
    k_.attention({&kv_->pool, s.blocks, q + row * heads * hd, out + row * heads * hd, heads * hd, heads * hd, tile.rows, s.position + tile.row, layer,
                  i % kvHeads, group, hd, asFloat(p[7]), attnScratch_ + attnFloats_ * t}, mode_);
  };
  pool_.run((int)tiles_.size() * kvHeads, task);
}

void Executable::lora(const int32_t *p, const StepData &step) {
  const int K = p[4], N = p[5];
  const float *base = at(p[1]), *x = at(p[2]);
  float *out = at(p[3]);
  if (base != out) memcpy(out, base, step.tokens.size() * N * 4);
  struct Item { const LoraTarget *target; size_t row; int rows; };
  std::vector<Item> items;
  for (const Sequence &s : step.sequences) {
    if (!s.adapter || (size_t)p[6] >= s.adapter->targets.size()) continue;
    const LoraTarget &target = s.adapter->targets[p[6]];
    if (target.rank) for (int r = 0; r < s.rowCount; r += LORA_ROWS) items.push_back({&target, (size_t)(s.rowStart + r), std::min(LORA_ROWS, s.rowCount - r)});
  }
  auto task = [&](int i, int) { k_.loraAdd(*items[i].target, x + items[i].row * K, out + items[i].row * N, out + items[i].row * N, items[i].rows); };
  if (items.size() == 1) task(0, 0); else if (!items.empty()) pool_.run((int)items.size(), task);
}

bool Executable::run(const StepData &step) {
  const int M = (int)step.tokens.size(), O = (int)step.outputRows.size();
  prepare(step);
  int nextLinear = 0;
  for (size_t i = 0; i < code_.size(); i += phaseWords(&code_[i])) {
    if (pool_.cancel.load(std::memory_order_relaxed)) return false;
    const int32_t *p = &code_[i];
    switch (p[0]) {
      case P_INPUT: memcpy(at(p[1]), step.inputs[p[2]].data(), step.inputs[p[2]].size() * 4); break;
      case P_EMBED: {
        const WeightEntry &table = *weights_[p[2]];
        const Weight &w = table.weight;
        rows(M, w.cols * 16, [&](int r) {
          float *out = at(p[1]) + (size_t)r * w.cols;
          if (table.vector.empty()) k_.embedRow(w, step.tokens[r], out); else memcpy(out, table.vector.data(), (size_t)w.cols * 4);
        });
        break;
      }
      case P_NORM: {
        const int D = p[4];
        const float *w = weights_[p[3]]->vector.data();
        rows(count(p[6], step), D * 2, [&](int r) { k_.rmsNorm(at(p[1]) + (size_t)r * D, w, at(p[2]) + (size_t)r * D, D, asFloat(p[5])); });
        break;
      }
      case P_LINEAR: linear(p, linears_[nextLinear++], count(p[3], step)); break;
      case P_ROPE: {
        const int D = p[3] * p[4], slot = p[6];
        float *table = cosSin_;
        for (int f = 0; f < slot; f++) table += (size_t)M * frequencies_[f].size() * 2;
        rows(M, D * 2, [&](int r) {
          float *x = at(p[2]) + (size_t)r * D;
          if (p[1] != p[2]) memcpy(x, at(p[1]) + (size_t)r * D, (size_t)D * 4);
          k_.rope(x, p[3], p[4], p[5] != 0, table + (size_t)r * p[4]);
        });
        break;
      }
      case P_WRITE_KV: {
        const int D = kv_->pool.heads * kv_->pool.headDim;
        rows(M, D * 8, [&](int r) {
          k_.writeKv(kv_->pool, place_[r].block, place_[r].slot, p[3], at(p[1]) + (size_t)r * D, at(p[2]) + (size_t)r * D);
        });
        break;
      }
      case P_ATTENTION: attention(p, step); break;
      case P_SILU_MUL: {
        const int D = p[4];
        rows(count(p[5], step), D * 4, [&](int r) { k_.siluMul(at(p[1]) + (size_t)r * D, at(p[2]) + (size_t)r * D, at(p[3]) + (size_t)r * D, D); });
        break;
      }
      case P_ADD: {
        const int D = p[4];
        rows(count(p[5], step), D, [&](int r) { k_.add(at(p[1]) + (size_t)r * D, at(p[2]) + (size_t)r * D, at(p[3]) + (size_t)r * D, D); });
        break;
      }
      case P_LORA: lora(p, step); break;
      case P_SELECT: {
        const int D = p[3];
        for (int o = 0; o < O; o++) memcpy(at(p[2]) + (size_t)o * D, at(p[1]) + (size_t)step.outputRows[o] * D, (size_t)D * 4);
        break;
      }
    }
  }
  return !pool_.cancel.load();
}
}  // namespace llamero
