#include "pack.h"
#include <cmath>
#include "half.h"

namespace llamero {
const StoredFormat storedFormats[STORED] = {
    {F32, 1, 4}, {F16, 1, 2}, {BF16, 1, 2}, {Q8, 32, 34}, {Q4, 32, 18}, {Q4M, 32, 20}, {Q5M, 32, 22},
    {Q5M, 32, 24}, {Q4K, 256, 144}, {Q5K, 256, 176}, {Q6K, 256, 210}, {F8, 1, 1}};

namespace {
uint16_t u16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return v; }
// 32 columns of one row: integer codes, scale and minimum as f16 bits, and their second factors in forms of two levels.
struct Block { uint8_t q[32]; uint16_t d, m; int sc, mn; };

void kScales(const uint8_t *b, int j, int *sc, int *mn) {
  if (j < 4) { *sc = b[j] & 63; *mn = b[j + 4] & 63; return; }
  *sc = (b[j + 4] & 15) | ((b[j - 4] >> 6) << 4);
  *mn = (b[j + 4] >> 4) | ((b[j] >> 6) << 4);
}
// Block `b` of 32 columns of a stored row.
void readBlock(int stored, const uint8_t *row, int b, Block &o) {
  switch (stored) {
    case S_Q8_0: { const uint8_t *p = row + b * 34; o.d = u16(p); memcpy(o.q, p + 2, 32); return; }
    case S_Q4_0: case S_Q4_1: {
      const int head = stored == S_Q4_0 ? 2 : 4;
      const uint8_t *p = row + b * (head + 16);
      o.d = u16(p); o.m = stored == S_Q4_1 ? u16(p + 2) : 0;
      for (int i = 0; i < 16; i++) { o.q[i] = p[head + i] & 15; o.q[16 + i] = p[head + i] >> 4; }
      return;
    }
    case S_Q5_0: case S_Q5_1: {
      const int head = stored == S_Q5_0 ? 2 : 4;
      const uint8_t *p = row + b * (head + 20);
      uint32_t high; memcpy(&high, p + head, 4);
      o.d = u16(p); o.m = stored == S_Q5_1 ? u16(p + 2) : floatToF16(f16ToFloat(o.d) * -16.f);  // exact
      for (int i = 0; i < 32; i++)
        o.q[i] = (uint8_t)((i < 16 ? p[head + 4 + i] & 15 : p[head + 4 + i - 16] >> 4) | ((high >> i) & 1) << 4);
      return;
    }
    case S_Q4_K: case S_Q5_K: {
      const bool five = stored == S_Q5_K;
      const uint8_t *p = row + (b / 8) * (five ? 176 : 144), *q = p + (five ? 48 : 16);
      const int j = b % 8;
      kScales(p + 4, j, &o.sc, &o.mn);
      o.d = u16(p);
      o.m = u16(p + 2) ^ 0x8000;
      for (int i = 0; i < 32; i++) {
        uint8_t v = q[(j / 2) * 32 + i];
        v = j & 1 ? v >> 4 : v & 15;
        if (five) v |= (uint8_t)(((p[16 + i] >> j) & 1) << 4);
        o.q[i] = v;
      }
      return;
    }
    default: return;
  }
}
// Columns 64 u .. 64 u + 63 of a row in Q6_K, into row r of a unit.
void packQ6K(const uint8_t *row, int u, int r, uint8_t *unit) {
  const uint8_t *s = row + (u / 4) * 210;
  const float d = f16ToFloat(u16(s + 208)) * 0.25f;
  uint8_t *p = unit + payloadOffset(Q6K);
  memcpy(unit + r * 4, &d, 4);
  for (int b = 0; b < 4; b++) unit[64 + b * 16 + r] = s[192 + u % 4 * 4 + b];
  for (int k = 0; k < 64; k++) {
    const int at = u % 4 * 64 + k, half = at / 128, g = at % 128 / 32, i = at % 32;
    const uint8_t low = s[half * 64 + (g & 1) * 32 + i], high = s[128 + half * 32 + i] >> (2 * g) & 3;
    const uint8_t q = (uint8_t)(((g < 2 ? low & 15 : low >> 4) | high << 4) ^ 32);  // q - 32 in six bits
    p[k % 32 / 4 * 64 + r * 4 + k % 4] |= (uint8_t)((q >> 2) << (k / 32 * 4));
    p[512 + k / 16 * 64 + r * 4 + k % 4] |= (uint8_t)((q & 3) << (k % 16 / 4 * 2));
  }
}
}  // namespace

bool packGroups(int stored, const uint8_t *src, Weight &w, int g0, int g1) {
  const size_t rowBytes = storedRowBytes(stored, w.cols);
  const Form form = w.form;
  bool good = true;
  for (int g = g0; g < g1; g++) for (int r = 0; r < 16; r++) {
    const int row = g * 16 + r;
    if (row >= w.rows) break;  // padding stays zero
    const uint8_t *s = src + (size_t)row * rowBytes;
    for (int u = 0; u < w.units; u++) {
      uint8_t *unit = w.data + ((size_t)g * w.units + u) * UNIT_BYTES[form], *p = unit + payloadOffset(form);
      const int k0 = u * 64, n = w.cols - k0 < 64 ? w.cols - k0 : 64;
      switch (form) {
        case F32: for (int k = 0; k < n; k++) memcpy(p + (k * 16 + r) * 4, s + (size_t)(k0 + k) * 4, 4); break;
        case F16: case BF16: for (int k = 0; k < n; k++) memcpy(p + ((k / 2) * 32 + r * 2 + (k & 1)) * 2, s + (size_t)(k0 + k) * 2, 2); break;
        case F8:
          for (int k = 0; k < n; k++) {
            uint8_t v = s[k0 + k];
            if ((v & 0x7f) == 0x7f) good = false;
            p[(k / 4) * 64 + r * 4 + k % 4] = v;
          }
          break;
        case Q6K: packQ6K(s, u, r, unit); break;
        default:
          for (int b = 0; b * 32 < n; b++) {
            Block block{};
            readBlock(stored, s, u * 2 + b, block);
            if (isNested(form)) {
              memcpy(unit + r * 2, &block.d, 2);
              memcpy(unit + 32 + r * 2, &block.m, 2);
              unit[64 + b * 16 + r] = (uint8_t)block.sc;
              unit[96 + b * 16 + r] = (uint8_t)block.mn;
            } else {
              memcpy(unit + (b * 16 + r) * 2, &block.d, 2);
              if (hasMin(form)) memcpy(unit + 64 + (b * 16 + r) * 2, &block.m, 2);
            }
            if (form == Q8) { for (int k = 0; k < 32; k += 4) memcpy(p + (b * 8 + k / 4) * 64 + r * 4, block.q + k, 4); continue; }
            for (int k = 0; k < 32; k++) {
              p[(k / 4) * 64 + r * 4 + k % 4] |= (uint8_t)((block.q[k] & 15) << (b * 4));
              if (isFiveBit(form)) p[512 + b * 64 + r * 4 + k % 4] |= (uint8_t)((block.q[k] >> 4) << (k / 4));
            }
          }
      }
    }
  }
  return good;
}
}  // namespace llamero
