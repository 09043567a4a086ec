// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The CPUID words that matter, apart from reading them, so that a test can
// decode machines it does not run on.

#ifndef QRT_SRC_CPUID_H
#define QRT_SRC_CPUID_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Words are 0 where the processor has no such leaf. `xcr0` is 0 when OSXSAVE
/// is not set.
typedef struct qrt_cpuid {
  uint32_t leaf1_ecx;
  uint32_t leaf7_ebx, leaf7_ecx; // subleaf 0
  uint32_t leaf7_1_eax;          // subleaf 1
  uint32_t xcr0;                 // low half
} qrt_cpuid;

/// Feature bits of qrt/cpu.h. Source: Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 2A, CPUID, and volume 1, 14.3 and 15.2.
uint32_t qrt_cpu_decode(const qrt_cpuid *id);

#ifdef __cplusplus
}
#endif

#endif // QRT_SRC_CPUID_H
