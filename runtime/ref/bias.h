// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the accumulators of a convolution start with: a loop for each form of
// bias, because this runs once a pixel.

#ifndef QRT_REF_BIAS_H
#define QRT_REF_BIAS_H

#include "qrt/kernels.h"

// acc[0 .. count) are output channels `first` and following.
static inline void qrt_start(const qrt_conv2d *p, const void *bias,
                             ptrdiff_t first, int32_t count, int32_t *acc) {
  if (!bias) {
    for (int32_t c = 0; c < count; ++c)
      acc[c] = 0;
  } else if (p->bias_bits == 16) {
    const int16_t *from = (const int16_t *)bias + first;
    for (int32_t c = 0; c < count; ++c)
      acc[c] = from[c];
  } else if (p->bias_bits == 24) {
    for (int32_t c = 0; c < count; ++c)
      acc[c] = qrt_bias(p, bias, first + c);
  } else {
    const int32_t *from = (const int32_t *)bias + first;
    for (int32_t c = 0; c < count; ++c)
      acc[c] = from[c];
  }
}

#endif // QRT_REF_BIAS_H
