// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float reductions over any axes (spec Q-FREDUCE): sum, mean, largest element.

#include "qrt/kernels.h"

#include "float_math.h"
#include "walk.h"

// Reduces the elements that the inner walk reaches from `x`.
typedef float inner_function(qrt_walk *inner, const float *x);

static float sum_inner(qrt_walk *inner, const float *x) {
  float lane[QRT_SUM_LANES] = {0};
  uint32_t at = 0;
  do {
    const float *px = x + inner->offset[0];
    for (int32_t i = 0; i < inner->length; ++i)
      lane[at++ % QRT_SUM_LANES] += px[i * inner->step[0]];
  } while (qrt_walk_next(inner));
  return qrt_sum_lanes(lane);
}

static float max_inner(qrt_walk *inner, const float *x) {
  float max = -__builtin_inff();
  do {
    const float *px = x + inner->offset[0];
    for (int32_t i = 0; i < inner->length; ++i)
      max = px[i * inner->step[0]] > max ? px[i * inner->step[0]] : max;
  } while (qrt_walk_next(inner));
  return max;
}

static void each_output(const qrt_reduce *p, const float *x,
                        inner_function *reduce, float divisor, float *y) {
  qrt_walk outer, inner;
  if (!qrt_walk_begin(&inner, &p->inner, p->inner_stride, 0) ||
      !qrt_walk_begin(&outer, &p->outer, p->outer_stride, 0))
    return;
  do {
    const float *px = x + outer.offset[0];
    for (int32_t i = 0; i < outer.length; ++i, px += outer.step[0])
      *y++ = reduce(&inner, px) / divisor;
  } while (qrt_walk_next(&outer));
}

void qrt_ref_reduce_sum_f32(const qrt_reduce *p, const float *x, float *y) {
  each_output(p, x, sum_inner, 1.0f, y);
}

void qrt_ref_reduce_mean_f32(const qrt_reduce *p, const float *x, float *y) {
  int32_t count = 1;
  for (int32_t axis = 0; axis < p->inner.rank; ++axis)
    count *= p->inner.size[axis];
  each_output(p, x, sum_inner, (float)count, y);
}

void qrt_ref_reduce_max_f32(const qrt_reduce *p, const float *x, float *y) {
  each_output(p, x, max_inner, 1.0f, y);
}
