// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What AArch64 Linux says of its processors, apart from reading it, so that a
// test can decode machines it does not run on. Readers take files byte by byte:
// their sizes have no bound, and nothing here allocates. They begin as zeros.

#ifndef QRT_SRC_HWCAP_H
#define QRT_SRC_HWCAP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// /proc/self/auxv: pairs of 64-bit words, a type and a value. Sources:
/// proc(5); Linux, Documentation/arch/arm64/elf_hwcaps.rst.
typedef struct qrt_auxv_reader {
  uint64_t words[2]; // of the pair
  uint32_t at;       // bytes of it so far
  uint32_t features; // bits of qrt/cpu.h
} qrt_auxv_reader;

void qrt_auxv_byte(void *reader, unsigned char byte);

/// /proc/cpuinfo: a line "Features : fp asimd ..." a processor, all alike, of
/// the same bits as words.
typedef struct qrt_cpuinfo_reader {
  uint32_t at;       // letters of the word so far
  uint32_t unlike;   // bits of the features' words that it is not
  uint32_t features; // bits of qrt/cpu.h
} qrt_cpuinfo_reader;

void qrt_cpuinfo_byte(void *reader, unsigned char byte);

#ifdef __cplusplus
}
#endif

#endif // QRT_SRC_HWCAP_H
