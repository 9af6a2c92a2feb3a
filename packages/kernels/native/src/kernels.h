// What every instruction set provides, and the packed weight forms they all read.
// Legend: M rows of activations, N outputs (weight rows), K inputs (weight columns).
#pragma once
#include <cstddef>
#include <cstdint>

namespace llamero {

// Of the addon's functions, as `nativeInterface` in src/native/binding.ts: both change with every change of what goes between.
constexpr int INTERFACE = 3;

constexpr int UNIT_ROWS = 16, UNIT_COLS = 64, QUANT_BLOCK = 32, KV_BLOCK = 32;
// Columns that share one activation scale, and the integer range of quantised activations and panel weights:
// 2047 * 4095 * 256 < 2^31, so a 32-bit sum over a block never overflows.
constexpr int ACT_BLOCK = 256, ACT_MAX = 4095, PANEL_MAX = 2047;

// A packed weight is a grid of units of 16 rows x 64 columns, [N/16][K/64], zero padded.
// Scales first (f16, [2 blocks of 32 columns][16 rows]), then minima of the same shape, then the payload:
//   f32 [k][16 rows]; f16, bf16 [k/2][16 rows][2 k]; q8, f8 [k/4][16 rows][4 k];
//   q4 as q8 for 32 columns, low nibble = first block, high nibble = second;
//   q5 as q4, then the fifth bits [2 blocks][16 rows][4 k], bit j of a byte for columns 4 j + k.
// Value of an element: q8 d*q, q5m d*q+m, q4 d*(q-8), q4m d*q+m, f8 e4m3 (row factor applied at the end).
// Forms of two levels keep the factors of a scale apart, so that their product is exact:
//   q4k, q5k as q4m, q5m, but their first 128 bytes are d and m (f16, [16 rows] each), then bytes sc and mn of
//   [2 blocks of 32 columns][16 rows]: scale d*sc, minimum m*mn;
//   q6k has one scale each 16 columns: d (f32, [16 rows]), sc (int8, [4 blocks of 16 columns][16 rows]); its six-bit codes
//   are the upper bits of int8 with zeros below: nibbles as q4, then [4 blocks][16 rows][4 k], bits 2 j of a byte for
//   columns 4 j + k. Value d*sc*q.
enum Form : int { F32, F16, BF16, F8, Q8, Q5M, Q4, Q4M, Q4K, Q5K, Q6K, FORMS };
constexpr int UNIT_BYTES[FORMS] = {4096, 2048, 2048, 1024, 1088, 768, 576, 640, 640, 768, 896};
constexpr uint32_t ALL_FORMS = (1u << FORMS) - 1;
constexpr bool isNested(int f) { return f == Q4K || f == Q5K; }
constexpr bool hasMin(int f) { return f == Q5M || f == Q4M || isNested(f); }
constexpr bool isQuantized(int f) { return f >= Q8; }
constexpr bool isFourBit(int f) { return f == Q4 || f == Q4M || f == Q4K; }
constexpr bool isFiveBit(int f) { return f == Q5M || f == Q5K; }
constexpr int payloadOffset(int f) { return !isQuantized(f) ? 0 : hasMin(f) || f == Q6K ? 128 : 64; }

struct Weight {
  Form form = F32;
  int rows = 0, cols = 0, groups = 0, units = 0;  // groups = ceil(rows/16), units = ceil(cols/64)
  uint8_t *data = nullptr;
  size_t bytes = 0;
  float *rowScale = nullptr;  // one factor a row, or null
  const uint8_t *unit(int group, int u) const { return data + ((size_t)group * units + u) * UNIT_BYTES[form]; }
};

// Activations of one linear: f32 rows, and their quantised form when the mode and the instruction set want it.
struct Activations {
  const float *f32;       // [M][ld]
  int ld, M, K;           // K is padded to 64 in the quantised forms
  const int16_t *q;       // [M][qld], |q| <= ACT_MAX
  const float *scale;     // [M][blocks]: x = q * scale, one a block of ACT_BLOCK columns
  const int32_t *sum;     // [M][qld/32]: sum of q over each 32 columns
  const void *native;     // form of the instruction set's own, made by `quantize`
  int qld, blocks;
};

// One product of a linear phase: out[m][n] = (residual ? residual[m][n] : 0) + dot(x[m], w[n]).
struct Product {
  const Weight *w;
  float *out;
  const float *residual;
  int ldOut;
};

struct KvPool {
  int layers, heads, headDim, blocks;
  bool int8;
  size_t headBytes, blockBytes;  // of one head of one layer of one block; of all layers of one block
  uint8_t *data;
  // Per head: K transposed [headDim][32], V [32][headDim], then for int8 the scales of K[32] and V[32] (f32).
  uint8_t *head(int block, int layer, int h) const {
    return data + (size_t)block * blockBytes + ((size_t)layer * heads + h) * headBytes;
  }
};

struct AttentionTask {
  const KvPool *kv;
  const int32_t *blockTable;
  const float *q;      // [rows][ldq] of this step, first row of the task
  float *out;          // same shape
  int ldq, ldo, rows, firstPosition, layer, kvHead, group, headDim;  // group = query heads a KV head
  float scale;
  float *scratch;      // see attentionScratch
};

enum Mode : int { FAST, EXACT };  // EXACT: f32 products and sums in column order, the same bits on every instruction set

// One target of an adapter, in panels of 8 rows: a [rank / 8][cols][8], b [rows / 8][rank][8], zero-padded.
struct LoraTarget { int rank, rows, cols; float scale; const float *a, *b; };
constexpr int LORA_ROWS = 4, LORA_MAX_RANK = 1024;

struct Kernels {
  const char *name;
  // Bytes a thread needs as private scratch for `linear`.
  size_t linearScratch;
  // Forms (bits 1 << form) whose fast product reads Activations::q, and those whose product reads Activations::native.
  uint32_t quantized, native;
  size_t (*nativeActBytes)(int M, int K);                 // 0 when unused
  void (*quantizeRow)(const float *x, int K, int16_t *q, float *scale, int32_t *sum);
  void (*nativeAct)(const Activations &, int m0, int m1, void *out);
  // Rows [16*g0, 16*g1) of a product, all M.
  void (*linear)(const Product &, const Activations &, int g0, int g1, Mode, uint8_t *scratch);
  void (*attention)(const AttentionTask &, Mode);
  void (*rmsNorm)(const float *x, const float *w, float *out, int D, float eps);
  void (*rope)(float *x, int heads, int headDim, bool adjacent, const float *cosSin);
  void (*siluMul)(const float *gate, const float *up, float *out, size_t n);
  void (*add)(const float *a, const float *b, float *out, size_t n);
  void (*writeKv)(const KvPool &, int block, int slot, int layer, const float *k, const float *v);
  void (*embedRow)(const Weight &, int row, float *out);
  // log-softmax ingredients of one row: maximum, and sum of exp(x - maximum).
  void (*softmaxStats)(const float *x, int n, float *max, double *sum);
  // out = base + scale * B (A x) for `rows` rows, at most LORA_ROWS; sums in order of columns, the same bits in every mode.
  void (*loraAdd)(const LoraTarget &, const float *x, const float *base, float *out, int rows);
};

const Kernels *genericKernels();
const Kernels *avx2Kernels();
const Kernels *avx512Kernels();
const Kernels *amxKernels();
const Kernels *neonKernels();

// floats of scratch one attention task needs
constexpr int ATTENTION_ROWS = 48;  // of queries, heads of one KV head times rows
inline size_t attentionScratch(int headDim) {
  return (size_t)2 * headDim * KV_BLOCK + (size_t)ATTENTION_ROWS * (3 * headDim + 2 * KV_BLOCK + 4) + 64;
}

}  // namespace llamero
