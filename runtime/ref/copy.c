// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Strided copy: concat, slice, transpose, split and pad are made of
// it. Dense rows are one memcpy; the walk joins axes, so a copy of
// neighbouring elements is a single row whatever its rank.

#include "walk.h"

// memcpy is the one function a freestanding C implementation must supply
// (GCC and Clang may call it for any assignment).
#define COPY_BYTES __builtin_memcpy

// Rows of elements `TYPE` that are not neighbours. The pointers are aligned,
// as tensors of TYPE are.
#define DEFINE_COPY_ROWS(NAME, TYPE)                                           \
  static void NAME(qrt_walk *walk, const TYPE *x, TYPE *y) {                   \
    do {                                                                       \
      const TYPE *px = x + walk->offset[0];                                    \
      TYPE *py = y + walk->offset[1];                                          \
      for (int32_t i = 0; i < walk->length; ++i)                               \
        py[i * walk->step[1]] = px[i * walk->step[0]];                         \
    } while (qrt_walk_next(walk));                                             \
  }

DEFINE_COPY_ROWS(copy_rows_8, uint8_t)
DEFINE_COPY_ROWS(copy_rows_16, uint16_t)
DEFINE_COPY_ROWS(copy_rows_32, uint32_t)
DEFINE_COPY_ROWS(copy_rows_64, uint64_t)

static void copy_dense_rows(qrt_walk *walk, ptrdiff_t bytes, const uint8_t *x,
                            uint8_t *y) {
  const size_t row = (size_t)(walk->length * bytes);
  do
    COPY_BYTES(y + walk->offset[1] * bytes, x + walk->offset[0] * bytes, row);
  while (qrt_walk_next(walk));
}

void qrt_ref_copy(const qrt_copy *p, const void *x, void *y) {
  const ptrdiff_t bytes = p->element_bytes;
  const void *from = (const uint8_t *)x + p->x_offset * bytes;
  void *to = (uint8_t *)y + p->y_offset * bytes;
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->space, p->x_stride, p->y_stride))
    return;
  if (walk.length == 1 || (walk.step[0] == 1 && walk.step[1] == 1))
    copy_dense_rows(&walk, bytes, (const uint8_t *)from, (uint8_t *)to);
  else if (bytes == 1)
    copy_rows_8(&walk, (const uint8_t *)from, (uint8_t *)to);
  else if (bytes == 2)
    copy_rows_16(&walk, (const uint16_t *)from, (uint16_t *)to);
  else if (bytes == 4)
    copy_rows_32(&walk, (const uint32_t *)from, (uint32_t *)to);
  else
    copy_rows_64(&walk, (const uint64_t *)from, (uint64_t *)to);
}
