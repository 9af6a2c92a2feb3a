// The algorithm of src/reference/sample.ts; candidates are sorted only as far as the draw needs them.
#include "sample.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace llamero {
namespace {
// Ids ordered by value descending, ties by lower id; `sorted` grows in steps.
struct Order {
  const float *x;
  std::vector<int32_t> ids;
  size_t sorted = 0;
  bool before(int32_t a, int32_t b) const { return x[a] > x[b] || (x[a] == x[b] && a < b); }
  void grow(size_t n) {
    n = std::min(n, ids.size());
    if (n <= sorted) return;
    auto cmp = [this](int32_t a, int32_t b) { return before(a, b); };
    if (n < ids.size()) std::nth_element(ids.begin() + sorted, ids.begin() + n, ids.end(), cmp);
    std::sort(ids.begin() + sorted, ids.begin() + n, cmp);
    sorted = n;
  }
};
}  // namespace

SampleOut sampleRow(const Kernels &k, const float *logits, int V, const SampleArgs &a, std::vector<float> &work) {
  SampleOut out{-1, 0, {}, {}};
  float rawMax; double rawSum;
  k.softmaxStats(logits, V, &rawMax, &rawSum);
  const double logZ = (double)rawMax + log(rawSum);
  if (a.topLogprobs > 0) {
    Order raw{logits, std::vector<int32_t>(V)};
    std::iota(raw.ids.begin(), raw.ids.end(), 0);
    raw.grow((size_t)a.topLogprobs);
    for (int i = 0; i < a.topLogprobs && i < V; i++) { out.topIds.push_back(raw.ids[i]); out.topLogprobs.push_back((float)((double)logits[raw.ids[i]] - logZ)); }
  }
  const float *x = logits;
  if (a.penalties || a.biases || a.mask || a.temperature > 0) {
    work.assign(logits, logits + V);
    float *w = work.data();
    for (int i = 0; i < a.penalties; i++) {
      float &v = w[a.penaltyIds[i]];
      v = v > 0 ? v / a.repetition : v * a.repetition;
      v -= a.frequency * (float)a.penaltyCounts[i] + a.presence;
    }
    for (int i = 0; i < a.biases; i++) w[a.biasIds[i]] += a.biasValues[i];
    if (a.mask) for (int i = 0; i < V; i++) if (!(a.mask[i / 32] >> (i % 32) & 1)) w[i] = -INFINITY;
    x = w;
  }
  float top = -INFINITY;
  int best = -1;
  for (int i = 0; i < V; i++) if (x[i] > top) { top = x[i]; best = i; }
  if (best < 0 || !std::isfinite(top)) return out;
  if (a.temperature <= 0) { out.token = best; out.logprob = (float)((double)logits[best] - logZ); return out; }
  for (int i = 0; i < V; i++) work[i] = x[i] / a.temperature;
  x = work.data();
  float max; double total;
  k.softmaxStats(x, V, &max, &total);
  Order order{x, {}};
  order.ids.reserve(V);
  for (int i = 0; i < V; i++) if (x[i] > -INFINITY) order.ids.push_back(i);
  const size_t limit = a.topK > 0 ? std::min((size_t)a.topK, order.ids.size()) : order.ids.size();
  auto weight = [&](size_t i) { return exp((double)x[order.ids[i]] - (double)max); };
  auto need = [&](size_t i) { if (i >= order.sorted) order.grow(std::max<size_t>(64, order.sorted * 4)); };
  if (limit < order.ids.size()) { order.grow(limit); total = 0; for (size_t i = 0; i < limit; i++) total += weight(i); }
  size_t kept = limit;
  double keptTotal = total;
  if (a.topP < 1) {
    double sum = 0;
    for (size_t i = 0; i < limit; i++) { need(i); sum += weight(i); if (sum >= (double)a.topP * total) { kept = i + 1; keptTotal = sum; break; } }
  }
  if (a.minP > 0) {
    double sum = 0;
    size_t i = 0;
    for (; i < kept; i++) { need(i); double w = weight(i); if (w < (double)a.minP) break; sum += w; }
    kept = i; keptTotal = sum;
  }
  double sum = 0;
  size_t pick = kept - 1;
  for (size_t i = 0; i < kept; i++) { need(i); sum += weight(i); if (sum > a.uniform * keptTotal) { pick = i; break; } }
  need(pick);
  out.token = order.ids[pick];
  out.logprob = (float)((double)logits[out.token] - logZ);
  return out;
}
}  // namespace llamero
