// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPUID and XGETBV, without compiler runtime support (__builtin_cpu_supports
// needs libgcc or compiler-rt); on AArch64 Linux what the kernel tells a
// process at its start (Documentation/arch/arm64/elf_hwcaps.rst).

#include "qrt/cpu.h"
#include "cpuid.h"

#define BIT(n) (UINT32_C(1) << (n))

uint32_t qrt_cpu_decode(const qrt_cpuid *id) {
  const uint32_t ymm_state = BIT(1) | BIT(2); // SSE, AVX
  const uint32_t zmm_state = ymm_state | BIT(5) | BIT(6) | BIT(7);
  const uint32_t avx = BIT(28);                                  // leaf 1 ECX
  const uint32_t avx2 = BIT(5);                                  // leaf 7 EBX
  const uint32_t avx512 = BIT(16) | BIT(17) | BIT(30) | BIT(31); // F DQ BW VL
  const uint32_t vnni = BIT(11);                                 // leaf 7 ECX
  const uint32_t avxvnni = BIT(4);                               // leaf 7.1 EAX
  uint32_t features = 0;
  if (!(id->leaf1_ecx & avx) || !(id->leaf7_ebx & avx2) ||
      (id->xcr0 & ymm_state) != ymm_state)
    return 0;
  features |= QRT_CPU_AVX2;
  if (id->leaf7_1_eax & avxvnni)
    features |= QRT_CPU_AVXVNNI;
  if ((id->xcr0 & zmm_state) == zmm_state &&
      (id->leaf7_ebx & avx512) == avx512 && (id->leaf7_ecx & vnni))
    features |= QRT_CPU_AVX512VNNI;
  return features;
}

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)

#include <stdatomic.h>

typedef struct registers {
  uint32_t eax, ebx, ecx, edx;
} registers;

static registers cpuid(uint32_t leaf, uint32_t subleaf) {
  registers r;
  __asm__ volatile("cpuid"
                   : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                   : "0"(leaf), "2"(subleaf));
  return r;
}

static uint32_t ask(void) {
  qrt_cpuid id = {0, 0, 0, 0, 0};
  const uint32_t last = cpuid(0, 0).eax;
  if (last < 7)
    return 0;
  id.leaf1_ecx = cpuid(1, 0).ecx;
  const uint32_t osxsave = BIT(27);
  if (id.leaf1_ecx & osxsave) {
    uint32_t high;
    __asm__ volatile("xgetbv" : "=a"(id.xcr0), "=d"(high) : "c"(0));
    (void)high;
  }
  const registers seven = cpuid(7, 0);
  id.leaf7_ebx = seven.ebx;
  id.leaf7_ecx = seven.ecx;
  if (seven.eax >= 1) // EAX of subleaf 0 is the last subleaf
    id.leaf7_1_eax = cpuid(7, 1).eax;
  return qrt_cpu_decode(&id);
}

uint32_t qrt_cpu_features(void) {
  // A memo of an answer that never changes: threads that race here all store
  // the same word.
  static _Atomic uint32_t memo;
  const uint32_t known = BIT(31);
  uint32_t features = atomic_load_explicit(&memo, memory_order_relaxed);
  if (!(features & known)) {
    features = ask() | known;
    atomic_store_explicit(&memo, features, memory_order_relaxed);
  }
  return features & ~known;
}

#elif defined(__aarch64__) && defined(__linux__)

// The C library may be absent.
__attribute__((weak)) unsigned long getauxval(unsigned long type);

uint32_t qrt_cpu_features(void) {
  const unsigned long at_hwcap = 16, at_hwcap2 = 26;
  const unsigned long asimddp = BIT(20), i8mm = BIT(13);
  if (!getauxval)
    return 0;
  return (getauxval(at_hwcap) & asimddp ? QRT_CPU_DOTPROD : 0) |
         (getauxval(at_hwcap2) & i8mm ? QRT_CPU_I8MM : 0);
}

#else

uint32_t qrt_cpu_features(void) { return 0; }

#endif
