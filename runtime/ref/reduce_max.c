// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Largest code over any axes (spec Q-REDUCE), and its index along one
// (spec Q-ARGMAX).

#include "codes.h"
#include "reduce.h"

enum { LOWEST = QRT_A_BITS == 8 ? INT8_MIN : INT16_MIN };

static code_a max_inner(qrt_walk *inner, const code_a *x) {
  code_a max = LOWEST;
  do {
    const code_a *px = x + inner->offset[0];
    for (int32_t i = 0; i < inner->length; ++i)
      if (px[i * inner->step[0]] > max)
        max = px[i * inner->step[0]];
  } while (qrt_walk_next(inner));
  return max;
}

void QRT_SAME(reduce_max)(const qrt_reduce *p, const code_a *x, code_a *y) {
  qrt_reduction r;
  if (!qrt_begin_reduction(&r, p))
    return;
  do {
    const code_a *px = x + r.outer.offset[0];
    for (int32_t i = 0; i < r.outer.length; ++i, px += r.outer.step[0])
      *y++ = r.has_inner ? max_inner(&r.inner, px) : LOWEST;
  } while (qrt_walk_next(&r.outer));
}

void QRT_SAME(arg_max)(const qrt_reduce *p, int32_t select_last,
                       const code_a *x, int64_t *y) {
  const int32_t length = p->inner.size[0];
  const ptrdiff_t step = p->inner_stride[0];
  qrt_walk outer;
  if (!qrt_walk_begin(&outer, &p->outer, p->outer_stride, 0))
    return;
  do {
    const code_a *px = x + outer.offset[0];
    for (int32_t i = 0; i < outer.length; ++i, px += outer.step[0]) {
      int32_t best = 0;
      for (int32_t k = 1; k < length; ++k) {
        const code_a found = px[k * step], largest = px[best * step];
        if (found > largest || (select_last && found == largest))
          best = k;
      }
      *y++ = best;
    }
  } while (qrt_walk_next(&outer));
}
