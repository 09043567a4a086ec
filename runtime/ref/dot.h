// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inner loop of dense convolutions.

#ifndef QRT_REF_DOT_H
#define QRT_REF_DOT_H

#include "codes.h"

#include <stddef.h>
#include <stdint.h>

/// Output channels accumulated together: bounds the accumulators on the stack.
enum { QRT_CHANNEL_BLOCK = 64 };

/// sum (x - x_zero) * (w - w_zero) over `count` neighbours.
static inline int32_t qrt_dot(const code_a *x, int32_t x_zero, const int8_t *w,
                              int32_t w_zero, ptrdiff_t count) {
  int32_t sum = 0;
  for (ptrdiff_t i = 0; i < count; ++i)
    sum += (x[i] - x_zero) * (w[i] - w_zero);
  return sum;
}

#endif // QRT_REF_DOT_H
