// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features of AArch64 processors by their bits and by their names.

#include "hwcap.h"
#include "qrt/cpu.h"

enum { at_hwcap = 16, at_hwcap2 = 26 };

static const struct feature {
  uint32_t bit;    // of qrt/cpu.h
  uint32_t type;   // of the word in the auxiliary vector
  uint32_t number; // of the bit in that word
  char name[8];    // in /proc/cpuinfo
} table[] = {
    {QRT_CPU_DOTPROD, at_hwcap,  20, "asimddp"},
    {QRT_CPU_I8MM,    at_hwcap2, 13, "i8mm"   },
};
enum { rows = sizeof(table) / sizeof(table[0]) };

void qrt_auxv_byte(void *reader, unsigned char byte) {
  qrt_auxv_reader *r = (qrt_auxv_reader *)reader;
  const uint32_t word = r->at / 8;
  r->words[word] |= (uint64_t)byte << (r->at % 8 * 8);
  if (++r->at < 16)
    return;
  for (int i = 0; i < rows; ++i)
    if (r->words[0] == table[i].type && (r->words[1] >> table[i].number & 1))
      r->features |= table[i].bit;
  r->at = 0;
  r->words[0] = r->words[1] = 0;
}

void qrt_cpuinfo_byte(void *reader, unsigned char byte) {
  qrt_cpuinfo_reader *r = (qrt_cpuinfo_reader *)reader;
  const int ends = byte == ' ' || byte == '\n' || byte == '\t';
  const uint32_t length = sizeof(table[0].name);
  for (int i = 0; i < rows; ++i) {
    // The end of a word stands for the zero behind its name.
    const char letter = r->at < length ? table[i].name[r->at] : '\0';
    if (letter != (ends ? '\0' : (char)byte))
      r->unlike |= table[i].bit;
    if (ends && !(r->unlike & table[i].bit))
      r->features |= table[i].bit;
  }
  r->at = ends ? 0 : r->at + 1;
  if (ends)
    r->unlike = 0;
}
