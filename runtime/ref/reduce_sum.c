// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sum over any axes, and mean by its multiplier (spec Q-REDUCE).

#include "codes.h"
#include "reduce.h"

static int32_t sum_inner(qrt_walk *inner, int32_t zero, const code_a *x) {
  int32_t sum = 0;
  do {
    const code_a *px = x + inner->offset[0];
    for (int32_t i = 0; i < inner->length; ++i)
      sum += px[i * inner->step[0]] - zero;
  } while (qrt_walk_next(inner));
  return sum;
}

void QRT_UNARY(reduce_sum)(const qrt_reduce *p, const code_a *x, code_y *y) {
  const qrt_output out = p->out;
  qrt_reduction r;
  if (!qrt_begin_reduction(&r, p))
    return;
  do {
    const code_a *px = x + r.outer.offset[0];
    for (int32_t i = 0; i < r.outer.length; ++i, px += r.outer.step[0]) {
      const int32_t sum = r.has_inner ? sum_inner(&r.inner, p->in_zero, px) : 0;
      *y++ = (code_y)qrt_requantize(sum, p->mul, out.zero, out.min, out.max);
    }
  } while (qrt_walk_next(&r.outer));
}
