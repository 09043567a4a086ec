// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program without any C library around the library of a model: its own entry
// point, relocations of a static PIE, and two system calls. Ends with the
// status of the model's self-test.

#include "net.h"

// ELF gABI, "Dynamic Section" and "Relocation"; numbers of relocations: ELF for
// the Arm 64-bit and Arm Architecture, System V ABI for AMD64.
typedef struct dynamic {
  intptr_t tag;
  uintptr_t value;
} dynamic;
typedef struct relocation {
  uintptr_t offset, info;
#if !defined(__arm__)
  intptr_t addend; // else it lies at the offset
#endif
} relocation;

#if defined(__aarch64__)
enum { relative = 1027, dynamic_table = 7, dynamic_table_bytes = 8 };
enum { number_write = 64, number_exit = 94 };
__asm__(".globl _start\n_start:\n mov x29, #0\n mov x30, #0\n b start\n");

static long call(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
#elif defined(__arm__)
enum { relative = 23, dynamic_table = 17, dynamic_table_bytes = 18 };
enum { number_write = 4, number_exit = 248 };
__asm__(".globl _start\n_start:\n mov r11, #0\n mov lr, #0\n"
        " bic sp, sp, #63\n b start\n");

static long call(long number, long a, long b, long c) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
}
#else
enum { relative = 8, dynamic_table = 7, dynamic_table_bytes = 8 };
enum { number_write = 1, number_exit = 231 };
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n and $-64, %rsp\n"
        " call start\n");

static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}
#endif

extern char base[] __asm__("__ehdr_start")
    __attribute__((visibility("hidden")));
extern const dynamic _DYNAMIC[] __attribute__((visibility("hidden")));

/// What the dynamic linker does for others: adds the address of the file.
static void relocate(void) {
  const relocation *table = 0;
  uintptr_t bytes = 0;
  for (const dynamic *entry = _DYNAMIC; entry->tag != 0; ++entry) {
    if (entry->tag == dynamic_table)
      table = (const relocation *)(base + entry->value);
    if (entry->tag == dynamic_table_bytes)
      bytes = entry->value;
  }
  for (uintptr_t i = 0; i < bytes / sizeof(*table); ++i) {
    uintptr_t *at = (uintptr_t *)(base + table[i].offset);
#if defined(__arm__)
    if ((table[i].info & 0xff) == relative)
      *at += (uintptr_t)base;
#else
    if ((uint32_t)table[i].info == relative)
      *at = (uintptr_t)base + (uintptr_t)table[i].addend;
#endif
  }
}

static _Alignas(64) unsigned char memory[NET_SELFTEST_BYTES];

__attribute__((used)) _Noreturn void start(void) {
  relocate();
  const qrt_status status = net_selftest(memory);
  const char *text = qrt_status_string(status);
  long length = 0;
  while (text[length])
    ++length;
  call(number_write, 1, (long)text, length);
  call(number_write, 1, (long)"\n", 1);
  for (;;)
    call(number_exit, (long)status, 0, 0);
}
