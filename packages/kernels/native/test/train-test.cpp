// The training kernels of every instruction set, the wide ones emulated, against f64 sums and the portable kernels.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>
#include "../src/train-kernels.h"

namespace llamero {
namespace {
int passed = 0, failed = 0;
void check(double error, double tolerance, const char *set, const char *what) {
  if (error <= tolerance) { passed++; return; }
  failed++;
  printf("FAILED %s: %s has error %g, above %g\n", set, what, error, tolerance);
}
uint32_t state = 1;
float unit() { state = state * 1664525 + 1013904223; return (float)(state >> 8) / 8388608.f - 1; }
std::vector<float> random(size_t n) { std::vector<float> v(n); for (float &x : v) x = unit(); return v; }
double difference(const std::vector<float> &a, const std::vector<float> &b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); i++) worst = std::max(worst, (double)std::fabs(a[i] - b[i]));
  return worst;
}

// Largest error of C = alpha A B (+ C), relative to the norms of the row and column behind it.
double productError(const ProductKernels &f, int M, int N, int K, bool turnedA, bool turnedB, bool accumulate) {
  const auto a = random((size_t)M * K), b = random((size_t)N * K), before = random((size_t)M * N);
  auto c = before;
  const size_t ai = turnedA ? 1 : K, ak = turnedA ? M : 1, bj = turnedB ? 1 : K, bk = turnedB ? N : 1;
  const size_t line = (size_t)(K + f.align - 1) / f.align * f.align * f.bytes;
  std::vector<uint8_t> pa(line * (M + f.mr)), pb(line * (N + f.nr));
  f.packA(a.data(), ai, ak, M, K, pa.data());
  f.packB(b.data(), bj, bk, N, K, pb.data());
  if (f.begin) f.begin();
  for (int j = 0; j < N; j += f.nr) for (int i = 0; i < M; i += f.mr)
    f.tile(K, pa.data() + i * line, pb.data() + j * line, c.data() + (size_t)i * N + j, N, std::min(f.mr, M - i), std::min(f.nr, N - j), 0.5f, accumulate);
  if (f.end) f.end();
  double worst = 0;
  for (int i = 0; i < M; i++) for (int j = 0; j < N; j++) {
    double sum = 0, size = 0;
    for (int k = 0; k < K; k++) { const double p = (double)a[i * ai + k * ak] * b[j * bj + k * bk]; sum += p; size += std::fabs(p); }
    const double was = accumulate ? before[(size_t)i * N + j] : 0;
    worst = std::max(worst, std::fabs(sum * 0.5 + was - c[(size_t)i * N + j]) / (size + std::fabs(was)));
  }
  return worst;
}

struct Attended { std::vector<float> out, lse, grad; };
Attended attend(const TrainKernels &k, int T, int heads, int kvHeads, int hd) {
  state = 7;
  const auto q = random((size_t)T * heads * hd), keys = random((size_t)T * kvHeads * hd), v = random(keys.size()), dy = random(q.size());
  std::vector<float> delta((size_t)T * heads), scratch(trainAttentionFloats(hd));
  const size_t ld = (size_t)(heads + 2 * kvHeads) * hd;
  Attended r{std::vector<float>(q.size()), std::vector<float>(delta.size()), std::vector<float>(T * ld)};
  const TrainAttention t{q.data(), keys.data(), v.data(), r.out.data(), r.lse.data(), heads, kvHeads, hd, 0.5f, dy.data(), delta.data(),
                         r.grad.data(), r.grad.data() + heads * hd, r.grad.data() + (heads + kvHeads) * hd, ld};
  const int block = ATTENTION_BLOCK / k.f32.mr * k.f32.mr;
  for (int h = 0; h < heads; h++) for (int i = 0; i < T; i += block) k.attention(t, 0, i, std::min(block, T - i), h, scratch.data());
  for (int h = 0; h < kvHeads; h++) k.attentionGrad(t, 0, T, h, scratch.data());
  return r;
}

void testSet(const TrainKernels &k) {
  const TrainKernels &ref = *genericTrainKernels();
  for (int M : {1, 5, 14, 16, 31, 32, 33, 70}) for (int N : {1, 15, 16, 32, 33, 65}) for (int K : {1, 2, 31, 32, 33, 100}) for (int t = 0; t < 8; t++) {
    check(productError(k.f32, M, N, K, t & 1, t & 2, t & 4), 1e-6, k.name, "product of f32");
    if (k.bf16) check(productError(*k.bf16, M, N, K, t & 1, t & 2, t & 4), 8e-3, k.name, "product of bf16");
  }
  for (int T : {1, 13, 64, 150}) for (int hd : {2, 20, 64}) {
    const Attended want = attend(ref, T, 4, 2, hd), got = attend(k, T, 4, 2, hd);
    check(difference(want.out, got.out), 1e-5, k.name, "attention");
    check(difference(want.lse, got.lse), 1e-5, k.name, "log-sum-exp");
    check(difference(want.grad, got.grad), 2e-5, k.name, "gradient of attention");
  }
  for (int n : {1, 15, 16, 17, 64, 333}) {
    const auto x = random(n), y = random(n), w = random(n);
    std::vector<float> want(n), got(n);
    const auto compare = [&](const char *what) { check(difference(want, got), 5e-6, k.name, what); };
    ref.rmsNorm(x.data(), w.data(), want.data(), n, 1e-3f); k.rmsNorm(x.data(), w.data(), got.data(), n, 1e-3f); compare("rmsNorm");
    ref.rmsNormGradX(x.data(), y.data(), w.data(), want.data(), n, 1e-1f); k.rmsNormGradX(x.data(), y.data(), w.data(), got.data(), n, 1e-1f); compare("rmsNormGradX");
    ref.siluMul(x.data(), y.data(), want.data(), n); k.siluMul(x.data(), y.data(), got.data(), n); compare("siluMul");
    ref.siluMulGradGate(x.data(), y.data(), w.data(), want.data(), n); k.siluMulGradGate(x.data(), y.data(), w.data(), got.data(), n); compare("siluMulGradGate");
    ref.siluMulGradUp(x.data(), y.data(), want.data(), n); k.siluMulGradUp(x.data(), y.data(), got.data(), n); compare("siluMulGradUp");
    ref.scaledExp(x.data(), n, 1, 2, want.data()); k.scaledExp(x.data(), n, 1, 2, got.data()); compare("scaledExp");
    float top[2];
    double sum[2];
    ref.softmaxStats(x.data(), n, top, sum); k.softmaxStats(x.data(), n, top + 1, sum + 1);
    check(std::fabs(top[0] - top[1]) + std::fabs(sum[0] - sum[1]) / sum[0], 1e-6, k.name, "softmaxStats");
  }
}
}  // namespace
}  // namespace llamero

int main() {
  using namespace llamero;
  for (const TrainKernels *k : {genericTrainKernels(), avx2TrainKernels(), avx512TrainKernels(), amxTrainKernels()}) testSet(*k);
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}
