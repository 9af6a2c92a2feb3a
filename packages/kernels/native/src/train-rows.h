// Row kernels of training and their gradients in vector code; see gemm.h for how it is included. Loops without a
// reduction are left to the compiler; `ivdep`: outputs are an operand itself or apart from it, never shifted.
#pragma once
#include <cmath>
#include "gemm.h"

namespace llamero {
namespace {

INLINE vf select(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
INLINE vf vmax(vf a, vf b) { return select(a > b, a, b); }
// The first n < L lanes; the others are `rest`.
INLINE vf loadPart(const float *p, int n, float rest) { float t[L]; for (int i = 0; i < L; i++) t[i] = i < n ? p[i] : rest; return load(t); }
INLINE void storePart(float *p, vf v, int n) { float t[L]; store(t, v); memcpy(p, t, (size_t)n * 4); }
INLINE float sumLanes(vf v) { float t[L]; store(t, v); for (int w = L / 2; w; w /= 2) for (int i = 0; i < w; i++) t[i] += t[i + w]; return t[0]; }
INLINE float maxLanes(vf v) { float t[L]; store(t, v); float m = t[0]; for (int i = 1; i < L; i++) m = t[i] > m ? t[i] : m; return m; }
// exp(x), relative error about 2e-7; below -87 it is 0 (Cephes' polynomial).
INLINE vf vexp(vf x) {
  const vf low = vmax(x, splat(-87.f)), c = select(low > 88.f, splat(88.f), low);
  const vf n = (c * 1.44269504f + 12582912.f) - 12582912.f;
  const vf r = (c - n * 0.693359375f) - n * -2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = mla(splat(1.3981999507e-3f), p, r);
  p = mla(splat(8.3334519073e-3f), p, r);
  p = mla(splat(4.1665795894e-2f), p, r);
  p = mla(splat(1.6666665459e-1f), p, r);
  p = mla(splat(5.0000001201e-1f), p, r);
  p = mla(r, p, r * r) + 1.f;
  const vf y = p * (vf)((__builtin_convertvector(n, vi) + 127) << 23);
  return select(x != x, x, select(x < -87.f, splat(0.f), y));
}
// f over n elements of two inputs (the second may be null).
template <class F> INLINE void map(const float *a, const float *b, const float *c, float *out, size_t n, const F &f) {
  size_t i = 0;
  for (; i + L <= n; i += L) store(out + i, f(load(a + i), b ? load(b + i) : vf{}, c ? load(c + i) : vf{}));
  const int rest = (int)(n - i);
  if (rest) storePart(out + i, f(loadPart(a + i, rest, 0), b ? loadPart(b + i, rest, 0) : vf{}, c ? loadPart(c + i, rest, 0) : vf{}), rest);
}

static float inverseRms(const float *x, int D, float eps) {
  vf s[2] = {};
  int i = 0;
  for (; i + 2 * L <= D; i += 2 * L) { const vf a = load(x + i), b = load(x + i + L); s[0] = mla(s[0], a, a); s[1] = mla(s[1], b, b); }
  float rest = 0;
  for (; i < D; i++) rest += x[i] * x[i];
  return 1.f / sqrtf((sumLanes(s[0] + s[1]) + rest) / (float)D + eps);
}
static void rmsNorm(const float *x, const float *w, float *out, int D, float eps) {
  const float inverse = inverseRms(x, D, eps);
#pragma GCC ivdep
  for (int i = 0; i < D; i++) out[i] = x[i] * inverse * w[i];
}
// With r = 1 / rms: r * (w dy) - x * r^3 / D * sum(w dy x).
static void rmsNormGradX(const float *dy, const float *x, const float *w, float *out, int D, float eps) {
  const float r = inverseRms(x, D, eps);
  vf s = {};
  int i = 0;
  for (; i + L <= D; i += L) s = mla(s, load(w + i) * load(dy + i), load(x + i));
  float sum = sumLanes(s);
  for (; i < D; i++) sum += w[i] * dy[i] * x[i];
  const float f = sum * r * r * r / (float)D;
#pragma GCC ivdep
  for (i = 0; i < D; i++) out[i] = r * w[i] * dy[i] - x[i] * f;
}
static void addProduct(const float *a, const float *b, float s, float *out, size_t n) {
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) out[i] += a[i] * (b[i] * s);
}
static void add(const float *a, const float *b, float *out, size_t n) {
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}
static void rope(const float *x, float *out, int heads, int hd, bool adjacent, bool inverse, const float *cosSin) {
  const int half = hd / 2;
  const float *c = cosSin, *s = cosSin + half, sign = inverse ? -1.f : 1.f;
  for (int h = 0; h < heads; h++, x += hd, out += hd) {
    if (adjacent) {
#pragma GCC ivdep
      for (int i = 0; i < half; i++) {
        const float p = x[2 * i], q = x[2 * i + 1], t = s[i] * sign;
        out[2 * i] = p * c[i] - q * t;
        out[2 * i + 1] = p * t + q * c[i];
      }
    } else {
#pragma GCC ivdep
      for (int i = 0; i < half; i++) {
        const float p = x[i], q = x[i + half], t = s[i] * sign;
        out[i] = p * c[i] - q * t;
        out[i + half] = p * t + q * c[i];
      }
    }
  }
}
static void siluMul(const float *gate, const float *up, float *out, size_t n) {
  map(gate, up, nullptr, out, n, [](vf g, vf u, vf) { return g / (vexp(-g) + 1.f) * u; });
}
// d/dg g * s(g) = s * (1 + g * (1 - s)), with the sigmoid s.
static void siluMulGradGate(const float *dy, const float *gate, const float *up, float *out, size_t n) {
  map(dy, gate, up, out, n, [](vf d, vf g, vf u) { const vf s = 1.f / (vexp(-g) + 1.f); return d * u * (s * (g * (1.f - s) + 1.f)); });
}
static void siluMulGradUp(const float *dy, const float *gate, float *out, size_t n) {
  map(dy, gate, nullptr, out, n, [](vf d, vf g, vf) { return d * (g / (vexp(-g) + 1.f)); });
}
static float maxOf(const float *x, int n) {
  vf m = splat(-INFINITY);
  int i = 0;
  for (; i + L <= n; i += L) m = vmax(load(x + i), m);
  if (i < n) m = vmax(loadPart(x + i, n - i, -INFINITY), m);
  return maxLanes(m);
}
static void softmaxStats(const float *x, int n, float *max, double *sum) {
  const float top = maxOf(x, n);
  double total = 0;
  for (int i = 0; i < n;) {  // f32 sums of up to 1,024 elements
    vf s = {};
    const int end = n - i > 1024 ? i + 1024 : n;
    for (; i + L <= end; i += L) s += vexp(load(x + i) - top);
    if (i < end) { s += vexp(loadPart(x + i, end - i, -INFINITY) - top); i = end; }
    total += sumLanes(s);
  }
  *max = top;
  *sum = total;
}
static void scaledExp(const float *x, int n, float max, float factor, float *out) {
  map(x, nullptr, nullptr, out, n, [&](vf v, vf, vf) { return vexp(v - max) * factor; });
}
static void adamw(float *value, const float *gradient, float *m, float *v, size_t n, const AdamW &o) {
  const AdamW a = o;
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    const float g = gradient[i] * a.gradientScale;
    const float first = m[i] * a.beta1 + g * a.fresh1, second = v[i] * a.beta2 + g * g * a.fresh2;
    m[i] = first;
    v[i] = second;
    value[i] = value[i] * a.decay - a.rate * (first / (sqrtf(second) * a.rootScale + a.eps));
  }
}
static double sumOfSquares(const float *x, size_t n) {
  double s[8] = {};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) for (int j = 0; j < 8; j++) s[j] += (double)x[i + j] * x[i + j];
  for (; i < n; i++) s[i % 8] += (double)x[i] * x[i];
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

}  // namespace
}  // namespace llamero
