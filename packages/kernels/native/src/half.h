// Conversions between f32 and the 16- and 8-bit floats, bit exact, for scalar code.
#pragma once
#include <cstdint>
#include <cstring>

namespace llamero {
static inline float bitsToFloat(uint32_t u) { float f; memcpy(&f, &u, 4); return f; }
static inline uint32_t floatToBits(float f) { uint32_t u; memcpy(&u, &f, 4); return u; }
static inline float bf16ToFloat(uint16_t h) { return bitsToFloat((uint32_t)h << 16); }
static inline uint16_t floatToBf16(float f) {
  uint32_t u = floatToBits(f);
  if ((u & 0x7fffffff) > 0x7f800000) return (uint16_t)((u >> 16) | 64);  // keep NaN a NaN
  return (uint16_t)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}
static inline float f16ToFloat(uint16_t h) {
  uint32_t s = (uint32_t)(h & 0x8000) << 16, e = (h >> 10) & 31, m = h & 1023;
  if (e == 31) return bitsToFloat(s | 0x7f800000 | (m << 13));
  if (e) return bitsToFloat(s | ((e + 112) << 23) | (m << 13));
  float v = (float)m * 0x1p-24f;
  return s ? -v : v;
}
static inline uint16_t floatToF16(float f) {
  uint32_t u = floatToBits(f), s = (u >> 16) & 0x8000, a = u & 0x7fffffff;
  if (a > 0x7f800000) return (uint16_t)(s | 0x7e00);
  if (a >= 0x477ff000) return (uint16_t)(s | 0x7c00);
  if (a < 0x38800000) {  // subnormal: add a power of two so that the mantissa lands in place, rounded to even
    float r = bitsToFloat(a) + 0.5f;
    return (uint16_t)(s | (floatToBits(r) - 0x3f000000));
  }
  return (uint16_t)(s | ((a + 0xfff + ((a >> 13) & 1) - 0x38000000) >> 13));
}
// e4m3fn; NaN (0x7f, 0xff) is refused when packing, so it need not be produced here.
static inline float f8ToFloat(uint8_t b) { return 256.f * f16ToFloat((uint16_t)(((b & 0x80) << 8) | ((b & 0x7f) << 7))); }
}  // namespace llamero
