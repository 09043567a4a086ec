// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layer normalization of float rows, a declared float island:
//
//   mean = sum x / n,   var = sum (x - mean)^2 / n
//   y    = (x - mean) / sqrt(var + epsilon) * scale + bias
//
// Two passes, the sums in the order of float_math.h.

#include "qrt/kernels.h"

#include "float_math.h"

void qrt_ref_layer_norm_f32(const qrt_rows *p, const float *x,
                            const float *scale, const float *bias, float *y) {
  const float n = (float)p->length;
  for (int32_t o = 0; o < p->outer; ++o, x += p->length, y += p->length) {
    float lane[QRT_SUM_LANES] = {0};
    for (int32_t i = 0; i < p->length; ++i)
      lane[i % QRT_SUM_LANES] += x[i];
    const float mean = qrt_sum_lanes(lane) / n;
    float square[QRT_SUM_LANES] = {0};
    for (int32_t i = 0; i < p->length; ++i) {
      const float d = x[i] - mean;
      square[i % QRT_SUM_LANES] += d * d;
    }
    const float variance = qrt_sum_lanes(square) / n;
    const float deviation = qrt_sqrtf(variance + p->epsilon);
    for (int32_t i = 0; i < p->length; ++i) {
      const float unit = (x[i] - mean) / deviation;
      y[i] = unit * scale[i] + (bias ? bias[i] : 0.0f);
    }
  }
}
