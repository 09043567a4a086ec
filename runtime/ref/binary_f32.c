// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sum, difference and product of two float tensors with NumPy broadcasting, and
// the clamp (spec Q-FBINARY).

#include "qrt/kernels.h"

#include "float_math.h"
#include "walk.h"

// One row of each function; rows that are not broadcast have steps of 1.
#define ROW(name, operation)                                                   \
  static void name(const qrt_binary_f32 *p, const float *a, ptrdiff_t a_step,  \
                   const float *b, ptrdiff_t b_step, int32_t n, float *y) {    \
    if (a_step == 1 && b_step == 1)                                            \
      for (int32_t i = 0; i < n; ++i)                                          \
        y[i] = qrt_clampf(a[i] operation b[i], p->min, p->max);                \
    else                                                                       \
      for (int32_t i = 0; i < n; ++i)                                          \
        y[i] =                                                                 \
            qrt_clampf(a[i * a_step] operation b[i * b_step], p->min, p->max); \
  }
ROW(add_row, +)
ROW(sub_row, -)
ROW(mul_row, *)

typedef void row_function(const qrt_binary_f32 *, const float *, ptrdiff_t,
                          const float *, ptrdiff_t, int32_t, float *);

static void each_row(const qrt_binary_f32 *p, const float *a, const float *b,
                     row_function *row, float *y) {
  qrt_walk walk;
  if (!qrt_walk_begin(&walk, &p->space, p->a_stride, p->b_stride))
    return;
  do {
    row(p, a + walk.offset[0], walk.step[0], b + walk.offset[1], walk.step[1],
        walk.length, y);
    y += walk.length;
  } while (qrt_walk_next(&walk));
}

void qrt_ref_add_f32(const qrt_binary_f32 *p, const float *a, const float *b,
                     float *y) {
  each_row(p, a, b, add_row, y);
}

void qrt_ref_sub_f32(const qrt_binary_f32 *p, const float *a, const float *b,
                     float *y) {
  each_row(p, a, b, sub_row, y);
}

void qrt_ref_mul_f32(const qrt_binary_f32 *p, const float *a, const float *b,
                     float *y) {
  each_row(p, a, b, mul_row, y);
}
