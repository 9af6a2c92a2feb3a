// AMX: products of bf16 on the matrix unit, sums in f32; everything else as AVX-512. A packed panel has 32 rows of A (or
// columns of B) in tiles of 1 KiB, [k / 32][2][16 rows][32 k] (or [k / 32][2][16 pairs of k][16 columns][2 k]).
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"  // of the portable kernels only the vector types are used here
#endif
#include "tiles.h"
#include "train-kernels.h"

namespace llamero {
namespace {

// Turns a square of 32-bit elements.
template <int S> INLINE void swapHalves(zi *v) {
#define AT(l) ((l) & S ? 16 + (l) - S : (l))
#define UP(l) ((l) & S ? 16 + (l) : (l) + S)
  for (int i = 0; i < 16; i++) if (!(i & S)) {
    const zi a = v[i], b = v[i + S];
    v[i] = __builtin_shufflevector(a, b, AT(0), AT(1), AT(2), AT(3), AT(4), AT(5), AT(6), AT(7), AT(8), AT(9), AT(10), AT(11), AT(12), AT(13), AT(14), AT(15));
    v[i + S] = __builtin_shufflevector(a, b, UP(0), UP(1), UP(2), UP(3), UP(4), UP(5), UP(6), UP(7), UP(8), UP(9), UP(10), UP(11), UP(12), UP(13), UP(14), UP(15));
  }
#undef AT
#undef UP
}
static void turn(zi *v) { swapHalves<8>(v); swapHalves<4>(v); swapHalves<2>(v); swapHalves<1>(v); }
INLINE zi interleave(zi v) {
  const zh h = (zh)v;
  return (zi)__builtin_shufflevector(h, h, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
// 16 lines of 32 k each: rows of a tile are lines, or pairs of k.
template <bool Lines> static void packTile(const float *src, size_t is, size_t ks, int n, int kc, uint8_t *out) {
  zi v[16];
  float edge[16][32];
  if (n < 16 || kc < 32 || (is != 1 && ks != 1)) {
    for (int i = 0; i < 16; i++) for (int k = 0; k < 32; k++) edge[i][k] = i < n && k < kc ? src[i * is + k * ks] : 0;
    src = edge[0]; is = 32; ks = 1;
  }
  const bool byLine = ks == 1;
  for (int i = 0; i < 16; i++)
    v[i] = byLine ? zbf16(zload(src + i * is), zload(src + i * is + 16)) : interleave(zbf16(zload(src + 2 * i * ks), zload(src + (2 * i + 1) * ks)));
  if (byLine != Lines) turn(v);
  for (int i = 0; i < 16; i++) zstore(out + i * 64, v[i]);
}
template <bool Lines> static void pack(const float *src, size_t is, size_t ks, int n, int kc, void *to) {
  uint8_t *out = (uint8_t *)to;
  for (; n > 0; n -= 32, src += 32 * is) for (int k = 0; k < kc; k += 32) for (int h = 0; h < 32; h += 16, out += 1024)
    packTile<Lines>(n > h ? src + h * is + k * ks : src, is, ks, n - h, kc - k, out);
}

static void tile(int kc, const void *a, const void *b, float *c, size_t ldc, int rows, int cols, float alpha, bool accumulate) {
  alignas(64) float t[32][32];
  const uint8_t *pa = (const uint8_t *)a, *pb = (const uint8_t *)b;
  tileZero<0>(); tileZero<1>(); tileZero<2>(); tileZero<3>();
  for (int k = 0; k < kc; k += 32, pa += 2048, pb += 2048) {
    tileLoad<4>(pa); tileLoad<6>(pb); tileDotBf16<0, 4, 6>();
    tileLoad<7>(pb + 1024); tileDotBf16<1, 4, 7>();
    tileLoad<5>(pa + 1024); tileDotBf16<2, 5, 6>(); tileDotBf16<3, 5, 7>();
  }
  tileStore<0>(t[0], 128); tileStore<1>(t[0] + 16, 128); tileStore<2>(t[16], 128); tileStore<3>(t[16] + 16, 128);
  for (int i = 0; i < rows; i++, c += ldc) {
    int j = 0;
    for (; j + 16 <= cols; j += 16) zstore(c + j, zfma(zload(t[i] + j), zsplat(alpha), accumulate ? zload(c + j) : zf{}));
    for (; j < cols; j++) c[j] = fmaf(t[i][j], alpha, accumulate ? c[j] : 0.f);
  }
}

}  // namespace

const TrainKernels *amxTrainKernels() {
  static const ProductKernels bf16 = {32, 32, 512, 32, 2, pack<true>, pack<false>, tile, tileConfigureFull, tileRelease};
  static const TrainKernels all = [] {
    TrainKernels k = *avx512TrainKernels();
    k.name = "amx";
    k.bf16 = &bf16;
    return k;
  }();
  return &all;
}
}  // namespace llamero
