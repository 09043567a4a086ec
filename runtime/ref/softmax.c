// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax of float rows, a declared float island:
//
//   y[i] = e[i] / sum e,   e[i] = qrt_expf(x[i] - max x)
//
// The order of the sum is the one of float_math.h.

#include "qrt/kernels.h"

#include "float_math.h"

// One row, elements `step` apart.
static void softmax_row(const float *x, int32_t length, ptrdiff_t step,
                        float *y) {
  float max = x[0];
  for (int32_t i = 1; i < length; ++i)
    max = x[i * step] > max ? x[i * step] : max;
  float lane[QRT_SUM_LANES] = {0};
  for (int32_t i = 0; i < length; ++i) {
    const float e = qrt_expf(x[i * step] - max);
    y[i * step] = e;
    lane[i % QRT_SUM_LANES] += e;
  }
  const float sum = qrt_sum_lanes(lane);
  for (int32_t i = 0; i < length; ++i)
    y[i * step] /= sum;
}

void qrt_ref_softmax_f32(const qrt_rows *p, const float *x, float *y) {
  const ptrdiff_t slab = (ptrdiff_t)p->length * p->inner;
  if (p->length < 1)
    return;
  for (int32_t o = 0; o < p->outer; ++o, x += slab, y += slab)
    for (int32_t i = 0; i < p->inner; ++i)
      softmax_row(x + i, p->length, p->inner, y + i);
}
