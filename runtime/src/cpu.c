// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPUID and XGETBV, without compiler runtime support (__builtin_cpu_supports
// needs libgcc or compiler-rt); on AArch64 Linux the files in which the kernel
// says it, without a C library.

#include "qrt/cpu.h"
#include "cpuid.h"
#include "hwcap.h"

#include <stdatomic.h>

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

#elif defined(__aarch64__) && defined(__linux__)

// Files of /proc are read by system calls of our own: there may be no C
// library, and a shared library that names none of its functions loads on any.
static long system_call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
                   : "memory");
  return x0;
}

// Hands a file to `reader` piece by piece; false: it cannot be read.
static int read_file(const char *path, void (*reader)(void *, unsigned char),
                     void *to) {
  const long openat = 56, close = 57, read = 63, at_fdcwd = -100;
  const long readonly_cloexec = 02000000;
  unsigned char bytes[256];
  const long file =
      system_call(openat, at_fdcwd, (long)path, readonly_cloexec, 0);
  if (file < 0)
    return 0;
  long count;
  do {
    count = system_call(read, file, (long)bytes, sizeof(bytes), 0);
    for (long i = 0; i < count; ++i)
      reader(to, bytes[i]);
  } while (count > 0);
  system_call(close, file, 0, 0, 0);
  return count == 0;
}

// Android keeps /proc/self of released applications from themselves, and an
// emulator of user programs shows the /proc/cpuinfo of its host: in this order
// both tell the truth.
static uint32_t ask(void) {
  qrt_auxv_reader auxv = {
      {0, 0},
      0, 0
  };
  if (read_file("/proc/self/auxv", qrt_auxv_byte, &auxv))
    return auxv.features;
  qrt_cpuinfo_reader cpuinfo = {0, 0, 0};
  read_file("/proc/cpuinfo", qrt_cpuinfo_byte, &cpuinfo);
  return cpuinfo.features;
}

#else

static uint32_t ask(void) { return 0; }

#endif

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
