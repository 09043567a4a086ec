// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Product of two int8 tensors with NumPy broadcasting (spec Q-MUL).

#include "walk.h"

void qrt_ref_mul_s8(const qrt_mul_nd *p, const int8_t *a, const int8_t *b,
                    int8_t *y) {
  const qrt_output out = p->out;
  const int32_t a_zero = p->a_zero, b_zero = p->b_zero;
  const float mul = p->mul;
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->space, p->a_stride, p->b_stride))
    return;
  do {
    const int8_t *pa = a + walk.offset[0];
    const int8_t *pb = b + walk.offset[1];
    for (int32_t i = 0; i < walk.length; ++i) {
      const int32_t acc = (*pa - a_zero) * (*pb - b_zero);
      *y++ = (int8_t)qrt_requantize(acc, mul, out.zero, out.min, out.max);
      pa += walk.step[0];
      pb += walk.step[1];
    }
  } while (qrt_walk_next(&walk));
}
