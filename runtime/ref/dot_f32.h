// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inner loops of float products (spec Q-FDOT). Element i of a run of
// neighbours goes to lane i % QRT_SUM_LANES, so that vectors of up to eight
// lanes give the bits of the plain loop.

#ifndef QRT_REF_DOT_F32_H
#define QRT_REF_DOT_F32_H

#include "float_math.h"

#include <stddef.h>

/// Outputs accumulated together: x is loaded once for all of them.
enum { QRT_DOT_OUTPUTS = 4 };

/// The lanes as one vector of GNU C, which compilers split for targets with
/// shorter ones: plain loops over eight floats end as scalars in Clang. Never
/// passed by value, so no ABI depends on it.
typedef float qrt_vector
    __attribute__((vector_size(4 * QRT_SUM_LANES), aligned(4), may_alias));

typedef struct qrt_lanes {
  float of[QRT_DOT_OUTPUTS][QRT_SUM_LANES];
} qrt_lanes;

static inline void qrt_clear_lanes(qrt_lanes *lanes) {
  for (int32_t o = 0; o < QRT_DOT_OUTPUTS; ++o)
    for (int32_t l = 0; l < QRT_SUM_LANES; ++l)
      lanes->of[o][l] = 0.0f;
}

/// lane[i % 8] of output o += x[i] * w[o][offset + i], i from 0 to n - 1.
static inline void qrt_add_products(qrt_lanes *lanes, const float *x,
                                    const float *const *w, ptrdiff_t offset,
                                    ptrdiff_t n) {
  const float *w0 = w[0] + offset, *w1 = w[1] + offset;
  const float *w2 = w[2] + offset, *w3 = w[3] + offset;
  qrt_vector *of = (qrt_vector *)lanes->of;
  ptrdiff_t i = 0;
  qrt_vector s0 = of[0], s1 = of[1], s2 = of[2], s3 = of[3];
  for (; i + QRT_SUM_LANES <= n; i += QRT_SUM_LANES) {
    const qrt_vector xi = *(const qrt_vector *)(x + i);
    s0 += xi * *(const qrt_vector *)(w0 + i);
    s1 += xi * *(const qrt_vector *)(w1 + i);
    s2 += xi * *(const qrt_vector *)(w2 + i);
    s3 += xi * *(const qrt_vector *)(w3 + i);
  }
  of[0] = s0;
  of[1] = s1;
  of[2] = s2;
  of[3] = s3;
  for (int32_t l = 0; i < n; ++i, ++l) {
    lanes->of[0][l] += x[i] * w0[i];
    lanes->of[1][l] += x[i] * w1[i];
    lanes->of[2][l] += x[i] * w2[i];
    lanes->of[3][l] += x[i] * w3[i];
  }
}

/// Filters of QRT_DOT_OUTPUTS outputs, `size` apart; where fewer are left, the
/// last one again.
static inline void qrt_filters(const float *filter, ptrdiff_t size,
                               int32_t left, const float **w) {
  for (int32_t o = 0; o < QRT_DOT_OUTPUTS; ++o)
    w[o] = filter + (o < left ? o : left - 1) * size;
}

/// Sums the lanes, adds the bias, clamps, stores the outputs that are left.
static inline void qrt_store_outputs(const qrt_lanes *lanes, const float *bias,
                                     float min, float max, int32_t left,
                                     float *y) {
  for (int32_t o = 0; o < QRT_DOT_OUTPUTS && o < left; ++o) {
    const float sum = qrt_sum_lanes(lanes->of[o]);
    y[o] = qrt_clampf(bias ? sum + bias[o] : sum, min, max);
  }
}

#endif // QRT_REF_DOT_F32_H
