// Own feature test (cpuid + xgetbv): compilers' run-time tables differ between tool chains.
#pragma once
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace llamero {
struct Cpu { bool avx2 = false, avx512 = false, amx = false; };
inline Cpu detectCpu() {
  Cpu r;
#if defined(__x86_64__)
  unsigned a, b, c, d, b7, c7, d7;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return r;  // OSXSAVE
  unsigned lo, hi;
  asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
  const bool fma = c >> 12 & 1, f16c = c >> 29 & 1;
  if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return r;
  unsigned a71 = 0, bb, cc, dd;
  __get_cpuid_count(7, 1, &a71, &bb, &cc, &dd);
  r.avx2 = (lo & 6) == 6 && fma && f16c && (b7 >> 5 & 1);
  // F, DQ, BW, VL, VNNI
  r.avx512 = r.avx2 && (lo & 0xe6) == 0xe6 && (b7 >> 16 & 1) && (b7 >> 17 & 1) && (b7 >> 30 & 1) && (b7 >> 31 & 1) && (c7 >> 11 & 1);
  // AVX512_BF16, AMX-BF16, AMX-TILE, AMX-INT8
  r.amx = r.avx512 && (lo & 0x60000) == 0x60000 && (a71 >> 5 & 1) && (d7 >> 22 & 1) && (d7 >> 24 & 1) && (d7 >> 25 & 1);
#if defined(__linux__)
  if (r.amx) r.amx = syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* XTILEDATA */) == 0;
#endif
#endif
  return r;
}
}  // namespace llamero
