// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions over any axes: sum (and mean, by its multiplier), max, arg-max.

#include "walk.h"

// Both walks of a reduction; 0 when there is nothing to write.
typedef struct reduction {
  qrt_walk outer, inner;
  int has_inner;
} reduction;

static int begin(reduction *r, const qrt_reduce *p) {
  r->has_inner = qrt_walk_begin(&r->inner, &p->inner, p->inner_stride, 0);
  return qrt_walk_begin(&r->outer, &p->outer, p->outer_stride, 0);
}

static int32_t sum_inner(qrt_walk *inner, int32_t zero, const int8_t *x) {
  int32_t sum = 0;
  do {
    const int8_t *px = x + inner->offset[0];
    for (int32_t i = 0; i < inner->length; ++i)
      sum += px[i * inner->step[0]] - zero;
  } while (qrt_walk_next(inner));
  return sum;
}

static int8_t max_inner(qrt_walk *inner, const int8_t *x) {
  int8_t max = INT8_MIN;
  do {
    const int8_t *px = x + inner->offset[0];
    for (int32_t i = 0; i < inner->length; ++i)
      if (px[i * inner->step[0]] > max)
        max = px[i * inner->step[0]];
  } while (qrt_walk_next(inner));
  return max;
}

void qrt_ref_reduce_sum_s8(const qrt_reduce *p, const int8_t *x, int8_t *y) {
  const qrt_output out = p->out;
  reduction r;
  if (!begin(&r, p))
    return;
  do {
    const int8_t *px = x + r.outer.offset[0];
    for (int32_t i = 0; i < r.outer.length; ++i, px += r.outer.step[0]) {
      const int32_t sum = r.has_inner ? sum_inner(&r.inner, p->in_zero, px) : 0;
      *y++ = (int8_t)qrt_requantize(sum, p->mul, out.zero, out.min, out.max);
    }
  } while (qrt_walk_next(&r.outer));
}

void qrt_ref_reduce_max_s8(const qrt_reduce *p, const int8_t *x, int8_t *y) {
  reduction r;
  if (!begin(&r, p))
    return;
  do {
    const int8_t *px = x + r.outer.offset[0];
    for (int32_t i = 0; i < r.outer.length; ++i, px += r.outer.step[0])
      *y++ = r.has_inner ? max_inner(&r.inner, px) : INT8_MIN;
  } while (qrt_walk_next(&r.outer));
}

void qrt_ref_arg_max_s8(const qrt_reduce *p, int32_t select_last,
                        const int8_t *x, int64_t *y) {
  const int32_t length = p->inner.size[0];
  const ptrdiff_t step = p->inner_stride[0];
  qrt_walk outer;
  if (!qrt_walk_begin(&outer, &p->outer, p->outer_stride, 0))
    return;
  do {
    const int8_t *px = x + outer.offset[0];
    for (int32_t i = 0; i < outer.length; ++i, px += outer.step[0]) {
      int32_t best = 0;
      for (int32_t k = 1; k < length; ++k) {
        const int8_t found = px[k * step], largest = px[best * step];
        if (found > largest || (select_last && found == largest))
          best = k;
      }
      *y++ = best;
    }
  } while (qrt_walk_next(&outer));
}
