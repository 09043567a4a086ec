// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which instruction sets this machine and its operating system allow. Generated
// objects that hold several ISA levels ask once and choose; the choice never
// shows in the output, because all levels give the same bytes.

#ifndef QRT_CPU_H
#define QRT_CPU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Feature bits. A bit is set only when the processor has the instructions and
/// the operating system saves their registers (XCR0).
enum {
  QRT_CPU_AVX2 = 1 << 0,
  QRT_CPU_AVXVNNI = 1 << 1, ///< VEX-coded VPDPBUSD; implies QRT_CPU_AVX2
  /// AVX512 F + BW + DQ + VL + VNNI; implies QRT_CPU_AVX2.
  QRT_CPU_AVX512VNNI = 1 << 2,
  QRT_CPU_DOTPROD = 1 << 8, ///< SDOT and UDOT of AArch64
  QRT_CPU_I8MM = 1 << 9     ///< SMMLA of AArch64
};

/// The feature bits of this machine; 0 on other architectures than x86 and
/// AArch64 Linux. On x86 the first call executes CPUID, which takes 25
/// microseconds under a hypervisor that traps it; on AArch64 it reads
/// /proc/self/auxv, or else /proc/cpuinfo. Later calls load one word. Safe from
/// any thread.
uint32_t qrt_cpu_features(void);

#ifdef __cplusplus
}
#endif

#endif // QRT_CPU_H
