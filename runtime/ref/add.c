// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sum or difference of two int8 tensors with NumPy broadcasting; the arithmetic
// is qrt_add_codes (spec Q-ADD).

#include "walk.h"

void qrt_ref_add_s8(const qrt_add_nd *p, const int8_t *a, const int8_t *b,
                    int8_t *y) {
  const qrt_add add = p->add;
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->space, p->a_stride, p->b_stride))
    return;
  do {
    const int8_t *pa = a + walk.offset[0];
    const int8_t *pb = b + walk.offset[1];
    for (int32_t i = 0; i < walk.length; ++i) {
      *y++ = (int8_t)qrt_add_codes(&add, *pa, *pb);
      pa += walk.step[0];
      pb += walk.step[1];
    }
  } while (qrt_walk_next(&walk));
}
