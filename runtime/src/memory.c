// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// memcpy, memmove and memset for where there is no C library: compilers call
// them even in freestanding code. Weak, so that a program's own win, and a C
// library's that is linked first; hidden, so that a shared library keeps them
// to itself.

#include <stddef.h>
#include <stdint.h>

#define QRT_FALLBACK __attribute__((weak, visibility("hidden")))

// As wide as a vector register, at any address, of any type.
typedef uint64_t block __attribute__((vector_size(16), aligned(1), may_alias));

QRT_FALLBACK void *memcpy(void *restrict to, const void *restrict from,
                          size_t count) {
  unsigned char *t = (unsigned char *)to;
  const unsigned char *f = (const unsigned char *)from;
  for (; count >= sizeof(block); count -= sizeof(block)) {
    *(block *)t = *(const block *)f;
    t += sizeof(block);
    f += sizeof(block);
  }
  for (; count; --count)
    *t++ = *f++;
  return to;
}

QRT_FALLBACK void *memmove(void *to, const void *from, size_t count) {
  unsigned char *t = (unsigned char *)to;
  const unsigned char *f = (const unsigned char *)from;
  // Upwards is right unless the destination begins inside the source. A block
  // is read before it is written, however near they are.
  if ((uintptr_t)t - (uintptr_t)f >= count) {
    for (; count >= sizeof(block); count -= sizeof(block)) {
      *(block *)t = *(const block *)f;
      t += sizeof(block);
      f += sizeof(block);
    }
    for (; count; --count)
      *t++ = *f++;
    return to;
  }
  for (; count >= sizeof(block); count -= sizeof(block))
    *(block *)(t + count - sizeof(block)) =
        *(const block *)(f + count - sizeof(block));
  for (; count; --count)
    t[count - 1] = f[count - 1];
  return to;
}

QRT_FALLBACK void *memset(void *to, int value, size_t count) {
  unsigned char *t = (unsigned char *)to;
  const uint64_t eight = UINT64_C(0x0101010101010101) * (unsigned char)value;
  const block wide = {eight, eight};
  for (; count >= sizeof(block); count -= sizeof(block)) {
    *(block *)t = wide;
    t += sizeof(block);
  }
  for (; count; --count)
    *t++ = (unsigned char)value;
  return to;
}
