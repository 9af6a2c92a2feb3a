// The portable kernels as a backend of their own: no instruction set assumed, nothing quantised.
#include "portable.h"

namespace llamero {
static size_t noNative(int, int) { return 0; }
static void linear(const Product &p, const Activations &x, int g0, int g1, Mode, uint8_t *scratch) { linearF32<false>(p, x, g0, g1, scratch); }
static void attention(const AttentionTask &t, Mode) { attentionTask<false>(t); }
const Kernels *genericKernels() {
  static const Kernels k = {"generic", linearF32Scratch, 0, 0, noNative, nullptr, nullptr, linear, attention,
                            rmsNorm, rope, siluMul, add, writeKv, embedRow, softmaxStats, loraAdd};
  return &k;
}
}  // namespace llamero
