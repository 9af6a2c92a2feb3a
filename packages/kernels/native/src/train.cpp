#include "train.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace llamero {
namespace {
float asFloat(int32_t word) { float f; memcpy(&f, &word, 4); return f; }
size_t align(size_t n) { return (n + 63) / 64 * 64; }
int parts(int n, int size) { return (n + size - 1) / size; }
// Columns of B packed at once, and most rows of A.
constexpr int WIDTH = 4096, TALL = 128;
}  // namespace

TrainExecutable::TrainExecutable(const TrainKernels &k, Pool &pool, std::vector<int32_t> code, int backwardStart, std::vector<int32_t> paramShapes,
                                 std::vector<std::vector<double>> frequencies, int maxRows, int maxOutputs, size_t valueBytes, bool bf16)
    : k_(k), product_(bf16 && k.bf16 ? *k.bf16 : k.f32), pool_(pool), code_(std::move(code)), backwardStart_(backwardStart), paramShapes_(std::move(paramShapes)),
      frequencies_(std::move(frequencies)), maxRows_(maxRows) {
  int headDim = 0, heads = 0, rank = 0, wide = std::max(maxRows, maxOutputs);
  for (size_t i = 0; i < code_.size(); i += TRAIN_WORDS) {
    const int32_t *p = &code_[i];
    if (p[0] == T_ATTENTION) { headDim = std::max(headDim, p[8]); heads = std::max(heads, p[6]); }
    if (p[0] == T_LORA_ADD || p[0] == T_LORA_GRAD_X || p[0] == T_LORA_GRAD_WEIGHTS) rank = std::max(rank, paramShapes_[2 * p[4]]);
  }
  for (size_t i = 0; i < paramShapes_.size(); i++) wide = std::max(wide, paramShapes_[i]);
  size_t freqFloats = 0;
  for (auto &f : frequencies_) freqFloats += f.size() * 2;
  packedABytes_ = align((size_t)product_.depth * TALL * product_.bytes);
  attentionFloats_ = headDim ? align(trainAttentionFloats(headDim) * 4) / 4 : 0;
  const size_t M = (size_t)std::max(maxRows, maxOutputs);
  lowFloats_ = align(M * rank * 4) / 4;
  size_t at = valueBytes;
  auto take = [&](size_t floats) { size_t here = at; at += align(floats * 4); return here; };
  const size_t pb = take((size_t)product_.depth * (std::min(wide, WIDTH) + product_.nr) * product_.bytes / 4), pa = take(packedABytes_ / 4 * pool.threads());
  const size_t oa = take(attentionFloats_ * pool.threads()), od = take((size_t)maxRows * heads), oc = take((size_t)maxRows * freqFloats);
  const size_t ol = take(lowFloats_ * 2), orow = take(M);
  arena_ = Arena(at);
  auto floats = [&](size_t offset) { return (float *)(arena_.data() + offset); };
  packedB_ = arena_.data() + pb; packedA_ = arena_.data() + pa; attention_ = floats(oa); delta_ = floats(od);
  cosSin_ = floats(oc); low_ = floats(ol); perRow_ = floats(orow);
}

// Row loops run in line when they are too small to be worth waking anybody.
template <class F> void TrainExecutable::rows(int n, size_t workPerRow, const F &fn) {
  if ((size_t)n * workPerRow < 16384) { for (int i = 0; i < n; i++) fn(i); return; }
  const int chunk = (int)std::max<size_t>(1, 4096 / std::max<size_t>(1, workPerRow));
  pool_.run(parts(n, chunk), [&](int c, int) { for (int i = c * chunk, end = std::min(n, i + chunk); i < end; i++) fn(i); });
}
// Runs of columns: each is summed over all rows by one thread.
template <class F> void TrainExecutable::columns(int D, const F &fn) {
  constexpr int run = 32;
  pool_.run(parts(D, run), [&](int c, int) { fn(c * run, std::min(run, D - c * run)); });
}

void TrainExecutable::prepare() {
  const size_t T = batch.tokens.size();
  float *out = cosSin_;
  for (auto &f : frequencies_) {
    const int half = (int)f.size();
    rows((int)T, half * 64, [&](int r) {
      for (int i = 0; i < half; i++) {
        const double angle = (double)batch.positions[r] * f[i];
        out[(size_t)r * 2 * half + i] = (float)cos(angle);
        out[(size_t)r * 2 * half + half + i] = (float)sin(angle);
      }
    });
    out += T * 2 * half;
  }
}

// Packs B for everybody, then each item packs its rows of A and multiplies. An element's sum runs over depths in order,
// whatever the items are.
void TrainExecutable::product(const Product2D &p) {
  if (p.M == 0 || p.N == 0) return;
  const ProductKernels &f = product_;
  const int mr = f.mr, nr = f.nr, depths = parts(p.K, f.depth), depth = depths ? parts(parts(p.K, depths), f.align) * f.align : 0;
  const int tiles = parts(p.M, mr), threads = pool_.threads();
  const int tall = std::clamp(parts(tiles, threads * 8), std::min(tiles, 4), TALL / mr), blocks = parts(tiles, tall);
  for (int n0 = 0; n0 < p.N; n0 += WIDTH / nr * nr) {
    const int n = std::min(WIDTH / nr * nr, p.N - n0), panels = parts(n, nr);
    const int splits = std::clamp(parts(threads * 4, blocks), 1, std::max(1, panels / 4)), perSplit = parts(panels, splits);
    for (int k0 = 0; k0 < p.K; k0 += depth) {
      const int kc = std::min(depth, p.K - k0);
      const size_t line = (size_t)parts(kc, f.align) * f.align * f.bytes;  // of a packed row of A or column of B
      const bool accumulate = p.accumulate || k0 > 0;
      pool_.run(parts(panels, 4), [&](int i, int) {
        const int j = i * 4 * nr;
        f.packB(p.b + (size_t)(n0 + j) * p.bj + (size_t)k0 * p.bk, p.bj, p.bk, std::min(4 * nr, n - j), kc, packedB_ + j * line);
      });
      pool_.run(blocks * splits, [&](int item, int thread) {
        const int i0 = item / splits * tall * mr, rows = std::min(tall * mr, p.M - i0);
        const int j0 = item % splits * perSplit * nr, j1 = std::min(n, j0 + perSplit * nr);
        uint8_t *a = packedA_ + packedABytes_ * thread;
        f.packA(p.a + (size_t)i0 * p.ai + (size_t)k0 * p.ak, p.ai, p.ak, rows, kc, a);
        if (f.begin) f.begin();
        for (int j = j0; j < j1; j += nr) for (int i = 0; i < rows; i += mr)
          f.tile(kc, a + i * line, packedB_ + j * line, p.c + (size_t)(i0 + i) * p.ldc + n0 + j, p.ldc, std::min(mr, rows - i), std::min(nr, j1 - j), p.alpha, accumulate);
        if (f.end) f.end();
      });
      if (pool_.cancel.load(std::memory_order_relaxed)) return;
    }
  }
}

// [out, q, k, v, lse, heads, kvHeads, headDim, scale], and for the gradient [.., dy, forward out].
void TrainExecutable::attention(const int32_t *p, bool backward) {
  const int heads = p[6], kvHeads = p[7], hd = p[8], T = (int)batch.tokens.size(), S = (int)batch.starts.size();
  TrainAttention t{at(p[2]), at(p[3]), at(p[4]), backward ? at(p[11]) : at(p[1]), at(p[5]), heads, kvHeads, hd, asFloat(p[9]), nullptr, nullptr, nullptr, nullptr, nullptr, 0};
  auto length = [&](int s) { return (s + 1 < S ? batch.starts[s + 1] : T) - batch.starts[s]; };
  struct Item { int sequence, first, work; };
  std::vector<Item> items;
  if (backward) {
    float *grad = at(p[1]);
    t.dy = at(p[10]); t.delta = delta_; t.ldGrad = (size_t)(heads + 2 * kvHeads) * hd;
    t.dq = grad; t.dk = grad + (size_t)heads * hd; t.dv = grad + (size_t)(heads + kvHeads) * hd;
    for (int s = 0; s < S; s++) items.push_back({s, 0, length(s)});
  } else {
    const int block = ATTENTION_BLOCK / k_.f32.mr * k_.f32.mr;
    for (int s = 0; s < S; s++) for (int r = 0; r < length(s); r += block) items.push_back({s, r, r});
  }
  // Longest first, so that the last ones to finish are short.
  std::stable_sort(items.begin(), items.end(), [](const Item &a, const Item &b) { return a.work > b.work; });
  const int each = backward ? kvHeads : heads;
  pool_.run((int)items.size() * each, [&](int i, int thread) {
    const Item &item = items[i / each];
    float *scratch = attention_ + attentionFloats_ * thread;
    const int start = batch.starts[item.sequence];
    if (backward) k_.attentionGrad(t, start, length(item.sequence), i % each, scratch);
    else k_.attention(t, start, item.first, std::min(ATTENTION_BLOCK / k_.f32.mr * k_.f32.mr, length(item.sequence) - item.first), i % each, scratch);
  });
}

// loraAdd [out, base, x, a, b, scale, K, N, outputs?]; loraGradX [out, dy, -, a, b, ...]; loraGradWeights [-, dy, x, a, b, ...].
void TrainExecutable::lora(const int32_t *p) {
  const int T = (int)(p[9] ? batch.outputRows.size() : batch.tokens.size()), K = p[7], N = p[8], R = paramShapes_[2 * p[4]];
  const float *a = values[p[4]], *b = values[p[5]], scale = asFloat(p[6]);
  float *h = low_, *g = low_ + lowFloats_;
  const size_t k = K, n = N, r = R;
  auto down = [&](const float *x) { product({T, R, K, x, k, 1, a, k, 1, h, r, 1, false}); };            // h_TR = x A^T
  auto back = [&](const float *dy) { product({T, R, N, dy, n, 1, b, 1, r, g, r, scale, false}); };      // g_TR = scale dy B
  if (p[0] == T_LORA_ADD) {
    float *out = at(p[1]);
    if (p[1] != p[2]) memcpy(out, at(p[2]), (size_t)T * N * 4);
    down(at(p[3]));
    product({T, N, R, h, r, 1, b, r, 1, out, n, scale, true});
  } else if (p[0] == T_LORA_GRAD_X) {
    back(at(p[2]));
    product({T, K, R, g, r, 1, a, 1, k, at(p[1]), k, 1, false});
  } else {
    const float *dy = at(p[2]), *x = at(p[3]);
    down(x);
    back(dy);
    if (gradients[p[5]]) product({N, R, T, dy, 1, n, h, 1, r, gradients[p[5]], r, scale, true});
    if (gradients[p[4]]) product({R, K, T, g, 1, r, x, 1, k, gradients[p[4]], k, 1, true});
  }
}

// [out, logits, V], [out, logits, V, dy]
void TrainExecutable::crossEntropy(const int32_t *p) {
  const int V = p[3], O = (int)batch.outputRows.size(), S = O ? (int)batch.targetIds.size() / O : 0;
  const float *dy = p[0] == T_CROSS_ENTROPY_GRAD ? at(p[4]) : nullptr;
  rows(O, (size_t)V * 4, [&](int o) {
    const float *x = at(p[2]) + (size_t)o * V;
    const int32_t *ids = batch.targetIds.data() + (size_t)o * S;
    const float *probs = batch.targetProbs.data() + (size_t)o * S;
    float max; double sum;
    k_.softmaxStats(x, V, &max, &sum);
    if (!dy) {
      const double lse = max + log(sum);
      double loss = 0;
      for (int s = 0; s < S; s++) loss += probs[s] * (lse - x[ids[s]]);
      at(p[1])[o] = (float)loss;
      return;
    }
    double mass = 0;
    for (int s = 0; s < S; s++) mass += probs[s];
    float *out = at(p[1]) + (size_t)o * V;
    k_.scaledExp(x, V, max, (float)(dy[o] * mass / sum), out);
    for (int s = 0; s < S; s++) out[ids[s]] -= dy[o] * probs[s];
  });
}

void TrainExecutable::step(const int32_t *p) {
  const int T = (int)batch.tokens.size(), O = (int)batch.outputRows.size();
  switch (p[0]) {
    case T_EMBED: {  // [out, table, D]
      const int D = p[3];
      rows(T, D, [&](int r) { memcpy(at(p[1]) + (size_t)r * D, values[p[2]] + (size_t)batch.tokens[r] * D, (size_t)D * 4); });
      break;
    }
    case T_NORM: {  // [out, x, weight, D, eps, outputs?]
      const int D = p[4];
      rows(p[6] ? O : T, D * 2, [&](int r) { k_.rmsNorm(at(p[2]) + (size_t)r * D, values[p[3]], at(p[1]) + (size_t)r * D, D, asFloat(p[5])); });
      break;
    }
    case T_LINEAR: {  // [out, x, weight, K, N, outputs?]
      const size_t K = p[4], N = p[5];
      product({p[6] ? O : T, p[5], p[4], at(p[2]), K, 1, values[p[3]], K, 1, at(p[1]), N, 1, false});
      break;
    }
    case T_LINEAR_GRAD_X: {  // [out, dy, weight, K, N, outputs?]
      const size_t K = p[4], N = p[5];
      product({p[6] ? O : T, p[4], p[5], at(p[2]), N, 1, values[p[3]], 1, K, at(p[1]), K, 1, false});
      break;
    }
    case T_LINEAR_GRAD_WEIGHT: {  // [dy, x, weight, K, N, outputs?]
      const size_t K = p[4], N = p[5];
      product({p[5], p[4], p[6] ? O : T, at(p[1]), 1, N, at(p[2]), 1, K, gradients[p[3]], K, 1, true});
      break;
    }
    case T_ROPE: {  // [out, x, heads, headDim, adjacent, frequencies, inverse]
      const int D = p[3] * p[4];
      const float *table = cosSin_;
      for (int f = 0; f < p[6]; f++) table += (size_t)T * frequencies_[f].size() * 2;
      rows(T, D * 2, [&](int r) { k_.rope(at(p[2]) + (size_t)r * D, at(p[1]) + (size_t)r * D, p[3], p[4], p[5] != 0, p[7] != 0, table + (size_t)r * p[4]); });
      break;
    }
    case T_ATTENTION: attention(p, false); break;
    case T_ATTENTION_GRAD: attention(p, true); break;
    case T_SILU_MUL: {  // [out, gate, up, D, outputs?]
      const int D = p[4];
      rows(p[5] ? O : T, D * 4, [&](int r) { const size_t i = (size_t)r * D; k_.siluMul(at(p[2]) + i, at(p[3]) + i, at(p[1]) + i, D); });
      break;
    }
    case T_SILU_GRAD_GATE: {  // [out, dy, gate, D, outputs?, up]
      const int D = p[4];
      rows(p[5] ? O : T, D * 4, [&](int r) { const size_t i = (size_t)r * D; k_.siluMulGradGate(at(p[2]) + i, at(p[3]) + i, at(p[6]) + i, at(p[1]) + i, D); });
      break;
    }
    case T_SILU_GRAD_UP: {  // [out, dy, gate, D, outputs?]
      const int D = p[4];
      rows(p[5] ? O : T, D * 4, [&](int r) { const size_t i = (size_t)r * D; k_.siluMulGradUp(at(p[2]) + i, at(p[3]) + i, at(p[1]) + i, D); });
      break;
    }
    case T_ADD: {  // [out, a, b, D, outputs?]
      const int D = p[4];
      rows(p[5] ? O : T, D, [&](int r) { const size_t i = (size_t)r * D; k_.add(at(p[2]) + i, at(p[3]) + i, at(p[1]) + i, D); });
      break;
    }
    case T_LORA_ADD: case T_LORA_GRAD_X: case T_LORA_GRAD_WEIGHTS: lora(p); break;
    case T_SELECT: {  // [out, x, D]
      const int D = p[3];
      rows(O, D, [&](int o) { memcpy(at(p[1]) + (size_t)o * D, at(p[2]) + (size_t)batch.outputRows[o] * D, (size_t)D * 4); });
      break;
    }
    case T_SELECT_GRAD: {  // [out, dy, D]
      const int D = p[3];
      memset(at(p[1]), 0, (size_t)T * D * 4);
      rows(O, D, [&](int o) { memcpy(at(p[1]) + (size_t)batch.outputRows[o] * D, at(p[2]) + (size_t)o * D, (size_t)D * 4); });
      break;
    }
    case T_CROSS_ENTROPY: case T_CROSS_ENTROPY_GRAD: crossEntropy(p); break;
    case T_SEED:  // [out, number, D, outputs?]
      memcpy(at(p[1]), seeds[p[2]], (size_t)(p[4] ? O : T) * p[3] * 4);
      break;
    case T_EMBED_GRAD: {  // [dy, table, D]
      const int D = p[3];
      float *gradient = gradients[p[2]];
      columns(D, [&](int from, int count) {
        for (int r = 0; r < T; r++) {
          float *to = gradient + (size_t)batch.tokens[r] * D + from;
          k_.add(to, at(p[1]) + (size_t)r * D + from, to, count);
        }
      });
      break;
    }
    case T_NORM_GRAD_X: {  // [out, x, weight, D, eps, outputs?, dy]
      const int D = p[4];
      rows(p[6] ? O : T, D * 4, [&](int r) { const size_t i = (size_t)r * D; k_.rmsNormGradX(at(p[7]) + i, at(p[2]) + i, values[p[3]], at(p[1]) + i, D, asFloat(p[5])); });
      break;
    }
    case T_NORM_GRAD_WEIGHT: {  // [dy, x, weight, D, eps, outputs?]
      const int D = p[4], n = p[6] ? O : T;
      rows(n, D, [&](int r) { perRow_[r] = k_.inverseRms(at(p[2]) + (size_t)r * D, D, asFloat(p[5])); });
      columns(D, [&](int from, int count) {
        for (int r = 0; r < n; r++) k_.addProduct(at(p[1]) + (size_t)r * D + from, at(p[2]) + (size_t)r * D + from, perRow_[r], gradients[p[3]] + from, count);
      });
      break;
    }
    case T_COLUMNS: {  // [out, x, from, count, columns of x, outputs?]
      const size_t count = p[4], from = p[3], all = p[5];
      rows(p[6] ? O : T, count, [&](int r) { memcpy(at(p[1]) + r * count, at(p[2]) + r * all + from, count * 4); });
      break;
    }
  }
}

bool TrainExecutable::run(bool backward) {
  if (!backward) prepare();
  const size_t from = backward ? (size_t)backwardStart_ * TRAIN_WORDS : 0, to = backward ? code_.size() : (size_t)backwardStart_ * TRAIN_WORDS;
  for (size_t i = from; i < to; i += TRAIN_WORDS) {
    if (pool_.cancel.load(std::memory_order_relaxed)) return false;
    step(&code_[i]);
  }
  return !pool_.cancel.load();
}
}  // namespace llamero
