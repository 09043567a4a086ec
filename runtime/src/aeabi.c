// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What compilers call on 32-bit ARM for want of an instruction, for where there
// is no compiler's library: division, and 64-bit integers to float. Weak and
// hidden, as in memory.c. Source of names, arguments and results: Run-time ABI
// for the Arm Architecture (2023Q3), sections 4.2, 4.3.1 and 4.3.4.

#include <stddef.h>
#include <stdint.h>

// Floats go by core registers, whatever the caller's own functions do.
#ifdef __arm__
#define QRT_FALLBACK __attribute__((weak, visibility("hidden"), pcs("aapcs")))
#else
#define QRT_FALLBACK __attribute__((weak, visibility("hidden")))
#endif

// Long division, from the highest bit that the divisor reaches. By zero the
// quotient is 0: no caller of ours divides by it.
static uint64_t divide(uint64_t a, uint64_t b, uint64_t *rest) {
  uint64_t quotient = 0;
  if (b != 0 && b <= a)
    for (int shift = __builtin_clzll(b) - __builtin_clzll(a); shift >= 0;
         --shift)
      if (b << shift <= a) {
        a -= b << shift;
        quotient |= UINT64_C(1) << shift;
      }
  *rest = a;
  return quotient;
}

static uint64_t magnitude(int64_t a) {
  return a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
}

// Truncates; the rest has the sign of the dividend.
static int64_t divide_signed(int64_t a, int64_t b, int64_t *rest) {
  uint64_t left;
  const uint64_t quotient = divide(magnitude(a), magnitude(b), &left);
  *rest = (int64_t)(a < 0 ? 0 - left : left);
  return (int64_t)((a < 0) != (b < 0) ? 0 - quotient : quotient);
}

QRT_FALLBACK uint32_t __aeabi_uidiv(uint32_t a, uint32_t b) {
  uint64_t rest;
  return (uint32_t)divide(a, b, &rest);
}

QRT_FALLBACK int32_t __aeabi_idiv(int32_t a, int32_t b) {
  int64_t rest;
  return (int32_t)divide_signed(a, b, &rest);
}

// The quotient in the first register, the rest in the second.
QRT_FALLBACK uint64_t __aeabi_uidivmod(uint32_t a, uint32_t b) {
  uint64_t rest;
  const uint64_t quotient = divide(a, b, &rest);
  return rest << 32 | (uint32_t)quotient;
}

QRT_FALLBACK uint64_t __aeabi_idivmod(int32_t a, int32_t b) {
  int64_t rest;
  const int64_t quotient = divide_signed(a, b, &rest);
  return (uint64_t)rest << 32 | (uint32_t)quotient;
}

// __aeabi_ldivmod but for where it leaves the rest.
QRT_FALLBACK int64_t qrt_ldivmod(int64_t a, int64_t b, int64_t *rest) {
  return divide_signed(a, b, rest);
}

#ifdef __arm__
// Two results of two registers each, which C cannot say.
__asm__(".pushsection .text.__aeabi_ldivmod, \"ax\", %progbits\n"
        ".weak __aeabi_ldivmod\n"
        ".hidden __aeabi_ldivmod\n"
        ".type __aeabi_ldivmod, %function\n"
        ".arm\n"
        "__aeabi_ldivmod:\n"
        "  push {r11, lr}\n"
        "  sub sp, sp, #16\n"
        "  add r12, sp, #8\n"
        "  str r12, [sp]\n"
        "  bl qrt_ldivmod\n"
        "  ldr r2, [sp, #8]\n"
        "  ldr r3, [sp, #12]\n"
        "  add sp, sp, #16\n"
        "  pop {r11, pc}\n"
        ".popsection\n");
#endif

// To nearest even.
QRT_FALLBACK float __aeabi_l2f(int64_t a) {
  if (a == 0)
    return 0.0f;
  const uint64_t all = magnitude(a);
  const int32_t unused = __builtin_clzll(all);
  const uint64_t bits = all << unused; // 24 count, 40 are rounded away
  const uint64_t half = UINT64_C(1) << 39;
  const uint64_t rest = bits & (2 * half - 1);
  uint32_t significand = (uint32_t)(bits >> 40);
  significand += rest > half || (rest == half && (significand & 1));
  // A carry out of 24 bits leaves zeros and adds one to the exponent.
  const uint32_t exponent = (uint32_t)(127 + 63 - unused);
  const union {
    uint32_t bits;
    float value;
  } result = {((uint32_t)(a < 0) << 31) + (exponent << 23) +
              (significand - (UINT32_C(1) << 23))};
  return result.value;
}

// The C functions, some with the last two arguments exchanged; alignments are
// promises that ours do not need.
void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);

#define QRT_ALIGNED(suffix)                                                    \
  QRT_FALLBACK void __aeabi_memcpy##suffix(void *to, const void *from,         \
                                           size_t count) {                     \
    memcpy(to, from, count);                                                   \
  }                                                                            \
  QRT_FALLBACK void __aeabi_memmove##suffix(void *to, const void *from,        \
                                            size_t count) {                    \
    memmove(to, from, count);                                                  \
  }                                                                            \
  QRT_FALLBACK void __aeabi_memset##suffix(void *to, size_t count,             \
                                           int value) {                        \
    memset(to, value, count);                                                  \
  }                                                                            \
  QRT_FALLBACK void __aeabi_memclr##suffix(void *to, size_t count) {           \
    memset(to, 0, count);                                                      \
  }

QRT_ALIGNED()
QRT_ALIGNED(4)
QRT_ALIGNED(8)

// Names the unwinder's tables ask for; nothing here throws.
QRT_FALLBACK void __aeabi_unwind_cpp_pr0(void) {}
QRT_FALLBACK void __aeabi_unwind_cpp_pr1(void) {}
