// The steps of src/reference/sample.ts; candidates are sorted only as far as the draw needs them.
#include "sample.h"
#include <algorithm>
#include <cmath>

namespace llamero {
namespace {
// Ids ordered by value descending, ties by lower id; `sorted` grows in steps of whole classes of values, an eighth of a
// unit wide, so that only what is near the top is ever sorted.
struct Order {
  static constexpr int CLASSES = 256;
  const float *x;
  int n;
  std::vector<uint8_t> classOf;
  size_t upTo[CLASSES];  // ids in this class and those before
  int done = 0;          // classes sorted
  std::vector<int32_t> ids;
  size_t sorted = 0;
  Order(const float *values, int count, float max) : x(values), n(count), classOf(count) {
    for (int i = 0; i < n; i++) {
      const float below = (max - x[i]) * 8.f;  // NaN where both are infinite
      classOf[i] = (uint8_t)(int)(below < (float)(CLASSES - 1) ? below : x[i] == max ? 0.f : (float)(CLASSES - 1));
    }
    uint32_t counts[4][CLASSES] = {};
    int i = 0;
    for (; i + 4 <= n; i += 4) for (int j = 0; j < 4; j++) counts[j][classOf[i + j]]++;
    for (; i < n; i++) counts[0][classOf[i]]++;
    size_t total = 0;
    for (int c = 0; c < CLASSES; c++) upTo[c] = total += counts[0][c] + counts[1][c] + counts[2][c] + counts[3][c];
  }
  void grow(size_t wanted) {
    wanted = std::min(wanted, (size_t)n);
    if (wanted <= sorted) return;
    int end = done;
    while (upTo[end] < wanted) end++;
    for (int i = 0; i < n; i += 64) {
      const int last = std::min(i + 64, n);
      bool any = false;
      for (int j = i; j < last; j++) any |= classOf[j] >= done && classOf[j] <= end;
      if (any) for (int j = i; j < last; j++) if (classOf[j] >= done && classOf[j] <= end) ids.push_back(j);
    }
    std::sort(ids.begin() + sorted, ids.end(), [this](int32_t a, int32_t b) { return x[a] > x[b] || (x[a] == x[b] && a < b); });
    sorted = ids.size();
    done = end + 1;
  }
};
float maximum(const float *x, int n) {
  float lanes[16];
  for (float &lane : lanes) lane = -INFINITY;
  int i = 0;
  for (; i + 16 <= n; i += 16) for (int j = 0; j < 16; j++) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  for (; i < n; i++) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  return *std::max_element(lanes, lanes + 16);
}
double below(float v, float max) { return v == max ? 0.0 : (double)v - (double)max; }
// Sum of exp((x - max) / temperature). Small terms through the vector exp: there are many, and together they are exact to 1e-7.
double totalWeight(const Kernels &k, const float *x, int n, float max, double temperature, std::vector<float> &scaled) {
  if (max == INFINITY) {  // only infinities count
    int count = 0;
    for (int i = 0; i < n; i++) count += x[i] == max;
    return count;
  }
  const float factor = (float)(1 / temperature), cut = (float)(max - 6 * temperature);
  double total = 0;
  scaled.resize(n);
  for (int i = 0; i < n; i += 64) {
    const int last = std::min(i + 64, n);
    bool any = false;
    for (int j = i; j < last; j++) { any |= x[j] > cut; scaled[j] = (x[j] - max) * factor; }
    if (any) for (int j = i; j < last; j++) if (x[j] > cut) { total += exp(((double)x[j] - max) / temperature); scaled[j] = -INFINITY; }
  }
  float top; double rest;
  k.softmaxStats(scaled.data(), n, &top, &rest);
  return top == -INFINITY ? total : total + rest * exp((double)top);
}
}  // namespace

SampleOut sampleRow(const Kernels &k, const float *logits, int V, const SampleArgs &a, std::vector<float> &raw, std::vector<float> &work) {
  SampleOut out{-1, 0, {}, {}};
  raw.resize(V);
  for (int i = 0; i < V; i++) raw[i] = logits[i] != logits[i] ? -INFINITY : logits[i];
  float rawMax;
  double logSum;
  k.softmaxStats(raw.data(), V, &rawMax, &logSum);
  std::vector<float> small;
  logSum = log(rawMax < INFINITY ? logSum : totalWeight(k, raw.data(), V, rawMax, 1, small));
  auto logprob = [&](int id) { return (float)(below(raw[id], rawMax) - logSum); };
  if (a.topLogprobs > 0) {
    Order order(raw.data(), V, rawMax);
    order.grow((size_t)a.topLogprobs);
    for (int i = 0; i < a.topLogprobs && i < V; i++) { out.topIds.push_back(order.ids[i]); out.topLogprobs.push_back(logprob(order.ids[i])); }
  }
  float *w = raw.data();
  if (a.penalties || a.biases || a.mask) { work = raw; w = work.data(); }
  for (int i = 0; i < a.penalties; i++) {
    const double v = w[a.penaltyIds[i]];
    w[a.penaltyIds[i]] = (float)((v > 0 ? v / a.repetition : v * a.repetition) - a.frequency * a.penaltyCounts[i] - a.presence);
  }
  for (int i = 0; i < a.biases; i++) w[a.biasIds[i]] += a.biasValues[i];
  if (a.mask) for (int i = 0; i < V; i++) if (!(a.mask[i / 32] >> (i % 32) & 1)) w[i] = -INFINITY;
  if (w != raw.data()) for (int i = 0; i < V; i++) if (w[i] != w[i]) w[i] = -INFINITY;
  const float max = maximum(w, V);
  if (max == -INFINITY) return out;
  if (a.temperature == 0) {
    out.token = (int)(std::find(w, w + V, max) - w);
    out.logprob = logprob(out.token);
    return out;
  }
  Order order(w, V, max);
  auto weight = [&](size_t i) {
    if (i >= order.sorted) order.grow(std::max(i + 1, order.sorted * 2));
    return exp(below(w[order.ids[i]], max) / a.temperature);
  };
  size_t kept = a.topK > 0 ? std::min((size_t)a.topK, (size_t)V) : (size_t)V;
  double total = 0;
  // Near 1 the draw depends on the last bits of the total: sum it in the sorted order then.
  const bool isBorder = a.uniform > 1 - 1e-6 || (a.topP < 1 && a.topP > 1 - 1e-6);
  if (kept < (size_t)V || isBorder) { order.grow(kept); for (size_t i = 0; i < kept; i++) total += weight(i); }
  else total = totalWeight(k, w, V, max, a.temperature, small);
  if (a.topP < 1) {
    double sum = weight(0);
    size_t n = 1;
    while (n < kept && sum < a.topP * total) sum += weight(n++);
    kept = n; total = sum;
  }
  if (a.minP > 0) {
    double sum = weight(0);
    size_t n = 1;
    for (; n < kept; n++) { double v = weight(n); if (v < a.minP) break; sum += v; }
    kept = n; total = sum;
  }
  double sum = 0;
  size_t pick = 0;
  for (size_t i = 0; i < kept; i++) {
    const double v = weight(i);
    sum += v;
    if (v > 0) pick = i; else break;  // sorted: what follows has no weight either
    if (sum > a.uniform * total) break;
  }
  out.token = order.ids[pick];
  out.logprob = logprob(out.token);
  return out;
}
}  // namespace llamero
