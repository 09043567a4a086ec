// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Product of two tensors of codes with NumPy broadcasting (spec Q-MUL).

#include "codes.h"
#include "walk.h"

void QRT_BINARY(mul)(const qrt_mul_nd *p, const code_a *a, const code_b *b,
                     code_y *y) {
  const qrt_output out = p->out;
  const int32_t a_zero = p->a_zero, b_zero = p->b_zero;
  const float mul = p->mul;
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->space, p->a_stride, p->b_stride))
    return;
  do {
    const code_a *pa = a + walk.offset[0];
    const code_b *pb = b + walk.offset[1];
    for (int32_t i = 0; i < walk.length; ++i) {
      const int32_t acc = (*pa - a_zero) * (*pb - b_zero);
      *y++ = (code_y)qrt_requantize(acc, mul, out.zero, out.min, out.max);
      pa += walk.step[0];
      pb += walk.step[1];
    }
  } while (qrt_walk_next(&walk));
}
