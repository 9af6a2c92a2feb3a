// Random packed weights, and activations prepared the way the executor does it.
#pragma once
#include <cmath>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>
#include "../src/cpu.h"
#include "../src/half.h"
#include "../src/kernels.h"
#include "../src/memory.h"
#include "../src/pool.h"

namespace llamero {
// Built by run.sh from the same sources: lane by lane, and AMX without the int8 tiles.
const Kernels *avx512Emulated();
const Kernels *amxEmulated();
const Kernels *amxBf16Emulated();
const Kernels *amxBf16();

constexpr const char *FORM_NAMES[FORMS] = {"f32", "f16", "bf16", "f8", "q8", "q5m", "q4", "q4m", "q4k", "q5k", "q6k"};

struct KernelSet { std::string name; const Kernels *k; };
// Every set that this machine can run; emulated ones too when asked for.
inline std::vector<KernelSet> kernelSets([[maybe_unused]] bool emulated) {
  std::vector<KernelSet> sets;
  [[maybe_unused]] const Cpu cpu = detectCpu();
#if defined(__x86_64__)
  if (cpu.avx2) sets.push_back({"avx2", avx2Kernels()});
#if defined(HAVE_AVX512)
  if (cpu.avx512) sets.push_back({"avx512", avx512Kernels()});
#endif
#if defined(HAVE_AMX)
  if (cpu.amx) { sets.push_back({"amx", amxKernels()}); sets.push_back({"amx bf16", amxBf16()}); }
#endif
#elif defined(__aarch64__)
  sets.push_back({"neon", neonKernels()});
#endif
#if defined(HAVE_EMULATED)
  if (emulated) {
    sets.push_back({"avx512 emulated", avx512Emulated()});
    sets.push_back({"amx emulated", amxEmulated()});
    sets.push_back({"amx bf16 emulated", amxBf16Emulated()});
  }
#endif
  return sets;
}

struct Random {
  uint64_t s = 88172645463325252ull;
  uint32_t next() { s ^= s << 13; s ^= s >> 7; s ^= s << 17; return (uint32_t)(s >> 24); }
  float unit() { return (float)(next() & 0xffffff) / 8388608.f - 1.f; }  // -1 .. 1
};

inline void put16(uint8_t *p, uint16_t v) { memcpy(p, &v, 2); }
// Values of about +-0.1 in packed form; padding rows and columns are zero as the packer leaves them.
inline void fillWeight(Weight &w, Random &random, int copies = 1) {
  const Form f = w.form;
  for (int c = 0; c < copies; c++) for (int g = 0; g < w.groups; g++) for (int u = 0; u < w.units; u++) {
    uint8_t *unit = w.data + (size_t)c * w.bytes + ((size_t)g * w.units + u) * UNIT_BYTES[f], *p = unit + payloadOffset(f);
    memset(unit, 0, UNIT_BYTES[f]);
    const int rows = w.rows - g * 16 < 16 ? w.rows - g * 16 : 16, cols = w.cols - u * 64 < 64 ? w.cols - u * 64 : 64;
    for (int r = 0; r < rows; r++) {
      if (f == Q6K) {
        const float d = 0.15f / 127 / 127 * (r & 1 ? -1 : 1);
        memcpy(unit + r * 4, &d, 4);
        for (int b = 0; b * 16 < cols; b++) unit[64 + b * 16 + r] = (uint8_t)random.next();
      } else if (isNested(f)) {
        const float d = 0.15f / 63 / (f == Q5K ? 31.f : 15.f);
        put16(unit + r * 2, floatToF16(d));
        put16(unit + 32 + r * 2, floatToF16(-0.1f / 63));
        for (int b = 0; b * 32 < cols; b++) {
          unit[64 + b * 16 + r] = random.next() & 63;
          unit[96 + b * 16 + r] = random.next() & 63;
        }
      } else if (isQuantized(f)) for (int b = 0; b * 32 < cols; b++) {
        const float range = f == Q8 ? 127.f : f == Q5M ? 31.f : f == Q4 ? 8.f : 15.f;
        const float d = (0.05f + 0.1f * fabsf(random.unit())) / range;
        put16(unit + (b * 16 + r) * 2, floatToF16(f == Q4 && (r & 1) ? -d : d));
        if (hasMin(f)) put16(unit + 64 + (b * 16 + r) * 2, floatToF16(-d * range * (0.5f + 0.2f * random.unit())));
      }
      for (int k = 0; k < cols; k++) {
        const float v = random.unit() * 0.1f;
        const uint32_t bits = random.next();
        switch (f) {
          case F32: memcpy(p + (k * 16 + r) * 4, &v, 4); break;
          case F16: put16(p + ((k / 2) * 32 + r * 2 + (k & 1)) * 2, floatToF16(v)); break;
          case BF16: put16(p + ((k / 2) * 32 + r * 2 + (k & 1)) * 2, floatToBf16(v)); break;
          case F8: p[(k / 4) * 64 + r * 4 + k % 4] = (uint8_t)((bits & 0x80) | (bits & 0x3f)); break;
          case Q8: p[(k / 4) * 64 + r * 4 + k % 4] = (uint8_t)bits; break;
          case Q6K:
            p[512 + k / 16 * 64 + r * 4 + k % 4] |= (uint8_t)((bits >> 4 & 3) << (k % 16 / 4 * 2));
            p[((k % 32) / 4) * 64 + r * 4 + k % 4] |= (uint8_t)((bits & 15) << (k / 32 * 4));
            break;
          case Q5M: case Q5K: p[512 + k / 32 * 64 + r * 4 + k % 4] |= (uint8_t)((bits >> 4 & 1) << (k % 32 / 4)); [[fallthrough]];
          default: p[((k % 32) / 4) * 64 + r * 4 + k % 4] |= (uint8_t)((bits & 15) << (k / 32 * 4));
        }
      }
    }
  }
}
inline Weight shapeOf(Form form, int N, int K) {
  Weight w;
  w.form = form; w.rows = N; w.cols = K; w.groups = (N + 15) / 16; w.units = (K + 63) / 64;
  w.bytes = (size_t)w.groups * w.units * UNIT_BYTES[form];
  return w;
}

// Memory of `bytes`, 64-byte aligned, that ends at an unreadable page; the bytes up to that page must keep their pattern.
class Guarded {
 public:
  explicit Guarded(size_t bytes) : bytes_(bytes), padded_((bytes + 63) / 64 * 64), pages_((padded_ + PAGE - 1) / PAGE * PAGE) {
    void *p = mmap(nullptr, pages_ + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect((uint8_t *)p + pages_, PAGE, PROT_NONE) != 0) throw std::bad_alloc();
    base_ = (uint8_t *)p;
    memset(data() + bytes_, 0xa5, padded_ - bytes_);
  }
  Guarded(const Guarded &) = delete;
  ~Guarded() { munmap(base_, pages_ + PAGE); }
  uint8_t *data() const { return base_ + pages_ - padded_; }
  bool intact() const {
    for (size_t i = bytes_; i < padded_; i++) if (data()[i] != 0xa5) return false;
    return true;
  }
 private:
  static constexpr size_t PAGE = 16384;  // a multiple of every system's
  size_t bytes_, padded_, pages_;
  uint8_t *base_;
};

// The quantised and native forms of M rows, as Executable::linear makes them.
class Prepared {
 public:
  Prepared(const Kernels &k, int maxM, int K)
      : k_(k), padded_((K + 63) / 64 * 64), blocks_((padded_ + ACT_BLOCK - 1) / ACT_BLOCK), q_(k.quantized ? (size_t)maxM * padded_ * 2 : 0),
        scale_(k.quantized ? (size_t)maxM * blocks_ * 4 : 0), sum_(k.quantized ? (size_t)maxM * (padded_ / 32) * 4 : 0), native_(k.nativeActBytes(maxM, K)) {}
  Activations make(const float *x, int M, int K, Pool &pool) {
    Activations a{x, K, M, K, nullptr, nullptr, nullptr, nullptr, padded_, blocks_};
    if (k_.quantized) {
      a.q = (int16_t *)q_.data(); a.scale = (float *)scale_.data(); a.sum = (int32_t *)sum_.data();
      pool.run(M, [&](int m, int) {
        k_.quantizeRow(x + (size_t)m * K, K, (int16_t *)q_.data() + (size_t)m * padded_, (float *)scale_.data() + (size_t)m * blocks_, (int32_t *)sum_.data() + (size_t)m * (padded_ / 32));
      });
    }
    if (k_.native) {
      a.native = native_.data();
      pool.run((M + 15) / 16, [&](int i, int) { k_.nativeAct(a, i * 16, M < i * 16 + 16 ? M : i * 16 + 16, native_.data()); });
    }
    return a;
  }
  bool intact() const { return q_.intact() && scale_.intact() && sum_.intact() && native_.intact(); }
 private:
  const Kernels &k_;
  int padded_, blocks_;
  Guarded q_, scale_, sum_, native_;
};
}  // namespace llamero
