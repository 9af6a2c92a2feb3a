// Stored weight formats to packed forms.
#pragma once
#include "kernels.h"

namespace llamero {
// Order of WeightFormat in src/native/formats.ts.
enum Stored : int { S_F32, S_F16, S_BF16, S_Q8_0, S_Q4_0, S_Q4_1, S_Q5_0, S_Q5_1, S_Q4_K, S_Q5_K, S_Q6_K, S_F8, STORED };
struct StoredFormat { Form form; int blockElems, blockBytes; };
extern const StoredFormat storedFormats[STORED];

inline size_t storedRowBytes(int s, int cols) { return (size_t)(cols / storedFormats[s].blockElems) * storedFormats[s].blockBytes; }
inline size_t packedBytes(int s, int rows, int cols) {
  return (size_t)((rows + 15) / 16) * ((cols + 63) / 64) * UNIT_BYTES[storedFormats[s].form];
}
// Packs rows [16 * g0, 16 * g1) of `src` (row-major, storedRowBytes a row). False: a value that no form can hold (FP8 NaN).
bool packGroups(int stored, const uint8_t *src, Weight &w, int g0, int g1);
}  // namespace llamero
