// Speed of `linear` with weights streamed from memory (copies cycled over more than 256 MB), activation preparation included.
#include <algorithm>
#include "fixtures.h"

namespace llamero {
namespace {
double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
constexpr size_t STREAM_BYTES = (size_t)288 << 20;

double bandwidth(Pool &pool, const Arena &data) {  // GB/s, best of 5
  double best = 1e9;
  std::atomic<uint64_t> sink{0};
  const int parts = 64;
  const size_t words = data.bytes() / 8 / parts;
  for (int i = 0; i < 5; i++) {
    const double t = now();
    pool.run(parts, [&](int part, int) {
      const uint64_t *p = (const uint64_t *)data.data() + part * words;
      uint64_t s[8] = {};
      for (size_t j = 0; j + 8 <= words; j += 8) for (int l = 0; l < 8; l++) s[l] += p[j + l];
      sink += s[0] + s[1] + s[2] + s[3] + s[4] + s[5] + s[6] + s[7];
    });
    best = std::min(best, now() - t);
  }
  return (double)(words * 8 * parts) / best / 1e9;
}
}  // namespace

void bench(int maxThreads) {
  const std::vector<KernelSet> sets = kernelSets(false);
  const int N = 8192, K = 2048;
  flushDenormals();
  Random random;
  for (Form form : {Q8, Q6K, Q4, Q4M, Q4K, BF16}) {
    Weight w = shapeOf(form, N, K);
    const int copies = (int)(STREAM_BYTES / w.bytes) + 1;
    Arena data(w.bytes * copies);
    w.data = data.data();
    fillWeight(w, random);
    for (int c = 1; c < copies; c++) memcpy(data.data() + c * w.bytes, data.data(), w.bytes);
    std::vector<float> x((size_t)512 * K);
    for (float &v : x) v = random.unit();
    Arena out((size_t)512 * N * 4);
    for (int threads = 1; threads <= maxThreads; threads *= 2) {
      Pool pool(threads);
      if (form == Q8) printf("read %d thread(s): %.1f GB/s\n", threads, bandwidth(pool, data));
      for (int M : {1, 2, 4, 8, 16, 32, 64, 128, 512}) for (const KernelSet &set : sets) {
        const Kernels &k = *set.k;
        if (M >= 64 && threads > 2) continue;
        Prepared prepared(k, M, K);
        const size_t own = (k.linearScratch + 63) / 64 * 64;
        Arena scratch(own * threads);
        const int passes = M == 1 ? 3 * copies : M < 64 ? copies : 3, chunk = M > 1 ? 4 : std::max(1, w.groups / (threads * 8));
        std::vector<double> times;
        for (int i = 0; i < passes + 1; i++) {
          Weight at = w;
          at.data = data.data() + (size_t)(i % copies) * w.bytes;
          const Product p{&at, (float *)out.data(), nullptr, N};
          const double t = now();
          const Activations a = prepared.make(x.data(), M, K, pool);
          pool.run((w.groups + chunk - 1) / chunk, [&](int item, int thread) {
            k.linear(p, a, item * chunk, std::min(w.groups, item * chunk + chunk), FAST, scratch.data() + own * thread);
          });
          if (i > 0) times.push_back(now() - t);
        }
        std::sort(times.begin(), times.end());
        const double best = times[0], median = times[times.size() / 2], macs = (double)M * N * K;
        printf("%-5s M=%-4d %d thread(s) %-8s best %8.3f ms  median %8.3f ms  %7.0f GMAC/s  %6.1f GB/s\n", FORM_NAMES[form], M, threads, set.name.c_str(),
               best * 1e3, median * 1e3, macs / best / 1e9, (double)w.bytes / best / 1e9);
        fflush(stdout);
      }
    }
  }
}
}  // namespace llamero
