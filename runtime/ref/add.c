// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sum or difference of two tensors of codes with NumPy broadcasting; the
// arithmetic is qrt_add_codes (spec Q-ADD).

#include "codes.h"
#include "walk.h"

void QRT_BINARY(add)(const qrt_add_nd *p, const code_a *a, const code_b *b,
                     code_y *y) {
  const qrt_add add = p->add;
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->space, p->a_stride, p->b_stride))
    return;
  do {
    const code_a *pa = a + walk.offset[0];
    const code_b *pb = b + walk.offset[1];
    for (int32_t i = 0; i < walk.length; ++i) {
      *y++ = (code_y)qrt_add_codes(&add, *pa, *pb);
      pa += walk.step[0];
      pb += walk.step[1];
    }
  } while (qrt_walk_next(&walk));
}
