// Every instruction set this machine has (and the emulated ones) against the portable kernels. Usage: kernels-test [--quick | --bench [threads]]
#include "fixtures.h"
#include <map>

namespace llamero {
void bench(int threads);
namespace {
int passed = 0, failed = 0;
std::map<std::string, double> worstErrors;  // of linear in fast mode
void check(bool good, const char *set, const char *what, const std::string &detail) {
  if (good) { passed++; return; }
  failed++;
  printf("FAILED %s: %s %s\n", set, what, detail.c_str());
}
std::string text(const char *format, auto... values) { char t[200]; snprintf(t, sizeof t, format, values...); return t; }

struct Case { Form form; int N, K; };
constexpr int COUNTS[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 31, 32, 33, 64, 100, 129, 512, 530};

void testLinear(const std::vector<KernelSet> &sets, const Case &c, int maxM, Pool &pool, Random &random) {
  const Kernels &ref = *genericKernels();
  Weight w = shapeOf(c.form, c.N, c.K);
  Guarded data(w.bytes);
  w.data = data.data();
  fillWeight(w, random);
  std::vector<float> rowScale(w.rows), x((size_t)maxM * c.K), wide(w.cols);
  for (float &v : rowScale) v = 0.5f + 0.25f * random.unit();
  for (float &v : x) v = random.unit() * (random.next() % 64 ? 1.f : 8.f);
  const bool scaled = c.form == F8 || (c.form == BF16 && c.N == 100);
  if (scaled) w.rowScale = rowScale.data();
  float norm = 0;
  for (int n = 0; n < w.rows; n++) {
    ref.embedRow(w, n, wide.data());
    float s = 0;
    for (float v : wide) s += v * v;
    norm = fmaxf(norm, sqrtf(s));
  }
  const int ld = c.N + 5;
  std::vector<float> want((size_t)maxM * ld), residual(want.size()), out(want.size());
  for (float &v : residual) v = random.unit() * 0.01f;
  std::vector<uint8_t> scratch(ref.linearScratch + 64);
  Activations plain{x.data(), c.K, maxM, c.K, nullptr, nullptr, nullptr, nullptr, 0, 0};
  const bool added = (c.N + c.K / 64) % 2;
  auto product = [&](std::vector<float> &o) { return Product{&w, o.data(), added ? residual.data() : nullptr, ld}; };
  ref.linear(product(want), plain, 0, w.groups, EXACT, scratch.data());
  for (const KernelSet &set : sets) {
    const Kernels &k = *set.k;
    Guarded own(k.linearScratch);
    Prepared prepared(k, maxM, c.K);
    // bf16 rounds to 8 bits, int8 blocks of activations to 7: their largest errors over all shapes are about half of this.
    const bool amx = set.name.starts_with("amx"), few = amx && isQuantized(c.form) && set.name.find("bf16") == std::string::npos;
    const bool narrow = set.name == "avx2" && (isFourBit(c.form) || isFiveBit(c.form));
    auto tolerance = [&](int M) { return narrow || (few && M > 2 && M <= 32) ? 2.5e-2 : amx ? 1e-2 : 2e-3; };
    for (int M : COUNTS) for (int mode : {FAST, EXACT}) {
      if (M > maxM || (mode == EXACT && (M > 33 || (c.N > 100 && M > 5)))) continue;
      Activations a = plain;
      if (mode == FAST) a = prepared.make(x.data(), M, c.K, pool); else a.M = M;
      out.assign(out.size(), -77.f);
      const int chunk = M > 1 ? 4 : 3;
      for (int g = 0; g < w.groups; g += chunk) k.linear(product(out), a, g, g + chunk < w.groups ? g + chunk : w.groups, (Mode)mode, own.data());
      double worst = 0;
      bool same = true, edges = true;
      for (int m = 0; m < maxM; m++) {
        const float *o = &out[(size_t)m * ld], *e = &want[(size_t)m * ld];
        float top = 0, xx = 0;
        if (m < M) {
          for (int i = 0; i < c.K; i++) xx += x[(size_t)m * c.K + i] * x[(size_t)m * c.K + i];
          top = 3 * sqrtf(xx / (float)c.K) * norm;
          for (int n = 0; n < c.N; n++) {
            const double d = fabs((double)o[n] - e[n]) / top;
            worst = d > worst ? d : d == d ? worst : INFINITY;
            same = same && o[n] == e[n];
          }
        }
        for (int n = m < M ? c.N : 0; n < ld; n++) edges = edges && o[n] == -77.f;
      }
      const std::string shape = text("%s M=%d N=%d K=%d", FORM_NAMES[c.form], M, c.N, c.K);
      double &most = worstErrors[set.name];
      if (mode == FAST && worst > most) most = worst;
      if (mode == EXACT) check(same, set.name.c_str(), "linear exact differs,", shape);
      else check(worst <= tolerance(M), set.name.c_str(), "linear", shape + text(" error %.2e", worst));
      check(edges && own.intact() && prepared.intact(), set.name.c_str(), "linear wrote outside its output or scratch,", shape);
    }
  }
}

void testAttention(const std::vector<KernelSet> &sets, Random &random) {
  const Kernels &ref = *genericKernels();
  for (bool int8 : {false, true}) for (int hd : {64, 128, 80}) for (int group : {1, 3, 4}) {
    const int heads = 2, blocks = 5, tokens = 150;
    KvPool kv{1, heads, hd, blocks, int8, 0, 0, nullptr};
    kv.headBytes = (size_t)hd * KV_BLOCK * (int8 ? 2 : 4) + (int8 ? 2 * KV_BLOCK * 4 : 0);
    kv.blockBytes = kv.headBytes * heads;
    Arena pool(kv.blockBytes * blocks), other(kv.blockBytes * blocks);
    const int32_t table[blocks] = {3, 0, 4, 1, 2};
    std::vector<float> k((size_t)tokens * heads * hd), v(k.size());
    for (float &f : k) f = random.unit() * 2;
    for (float &f : v) f = random.unit();
    auto write = [&](const Kernels &with, uint8_t *data) {
      kv.data = data;
      for (int t = 0; t < tokens; t++) with.writeKv(kv, table[t / KV_BLOCK], t % KV_BLOCK, 0, &k[(size_t)t * heads * hd], &v[(size_t)t * heads * hd]);
    };
    write(ref, pool.data());
    const int width = heads * group * hd, most = ATTENTION_ROWS / group;
    std::vector<float> q((size_t)most * width), want(q.size()), out(q.size()), scratch(attentionScratch(hd));
    for (float &f : q) f = random.unit();
    for (const KernelSet &set : sets) {
      write(*set.k, other.data());
      check(memcmp(pool.data(), other.data(), kv.blockBytes * blocks) == 0, set.name.c_str(), "writeKv", text("headDim %d int8 %d", hd, int8));
      for (int rows : {1, most}) for (int first : {0, 31, 64, 140}) for (int mode : {FAST, EXACT}) for (int head = 0; head < heads; head++) {
        if (first + rows > tokens) continue;
        kv.data = pool.data();
        AttentionTask t{&kv, table, q.data(), want.data(), width, width, rows, first, 0, head, group, hd, 0.125f, scratch.data()};
        ref.attention(t, EXACT);
        t.out = out.data();
        set.k->attention(t, (Mode)mode);
        double worst = 0;
        for (int r = 0; r < rows; r++) for (int i = head * group * hd; i < (head + 1) * group * hd; i++) {
          const double d = fabs((double)want[(size_t)r * width + i] - out[(size_t)r * width + i]);
          worst = d > worst ? d : d == d ? worst : INFINITY;
        }
        check(worst <= (mode == EXACT ? 0 : 1e-3), set.name.c_str(), "attention", text("%s headDim %d group %d rows %d at %d int8 %d error %.2e", mode ? "exact" : "fast", hd, group, rows, first, int8, worst));
      }
    }
  }
}

void testSmall(const std::vector<KernelSet> &sets, Random &random) {
  const Kernels &ref = *genericKernels();
  for (int D : {1, 7, 64, 100, 576, 2048}) {
    std::vector<float> a(D), b(D), want(D), out(D);
    for (int i = 0; i < D; i++) { a[i] = random.unit() * 5; b[i] = random.unit(); }
    auto same = [&](const KernelSet &set, const char *what) { check(memcmp(want.data(), out.data(), (size_t)D * 4) == 0, set.name.c_str(), what, text("D=%d", D)); };
    for (const KernelSet &set : sets) {
      ref.rmsNorm(a.data(), b.data(), want.data(), D, 1e-5f); set.k->rmsNorm(a.data(), b.data(), out.data(), D, 1e-5f); same(set, "rmsNorm");
      ref.siluMul(a.data(), b.data(), want.data(), D); set.k->siluMul(a.data(), b.data(), out.data(), D); same(set, "siluMul");
      ref.add(a.data(), b.data(), want.data(), D); set.k->add(a.data(), b.data(), out.data(), D); same(set, "add");
      float max[2]; double sum[2];
      ref.softmaxStats(a.data(), D, max, sum); set.k->softmaxStats(a.data(), D, max + 1, sum + 1);
      check(max[0] == max[1] && sum[0] == sum[1], set.name.c_str(), "softmaxStats", text("D=%d", D));
      for (bool adjacent : {false, true}) if (D % 64 == 0) {
        want = a; out = a;
        ref.rope(want.data(), D / 64, 64, adjacent, b.data()); set.k->rope(out.data(), D / 64, 64, adjacent, b.data()); same(set, "rope");
      }
    }
  }
}
}  // namespace

int test(bool quick) {
  flushDenormals();
  const std::vector<KernelSet> sets = kernelSets(true);
  printf("sets:");
  for (const KernelSet &s : sets) printf(" [%s]", s.name.c_str());
  printf("\n");
  Pool pool(2);
  Random random;
  testSmall(sets, random);
  testAttention(sets, random);
  for (int form = 0; form < FORMS; form++) for (int K : {64, 96, 100, 576, 1088, 1536, 2048, 4096}) for (int N : {1, 15, 16, 17, 100, 320}) {
    if (isQuantized(form) && K % 32) continue;
    const bool many = N == 100 && (K == 100 || K == 96 || K == 1088 || K == 2048);
    if (quick && ((N != 17 && N != 100) || K == 576 || K == 4096)) continue;
    testLinear(sets, {(Form)form, N, K}, many ? 530 : N == 1 ? 2 : N == 15 ? 32 : N == 320 && K > 1088 ? 17 : 33, pool, random);
  }
  for (const auto &[name, error] : worstErrors) printf("largest error of linear, %s: %.2e of the row's size\n", name.c_str(), error);
  printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
}  // namespace llamero

int main(int count, char **words) {
  const std::string first = count > 1 ? words[1] : "";
  if (first == "--bench") { llamero::bench(count > 2 ? atoi(words[2]) : 2); return 0; }
  return llamero::test(first == "--quick");
}
