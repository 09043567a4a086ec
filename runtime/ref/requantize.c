// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 16-bit codes of one scale to codes of another (spec Q-REQ).

#include "qrt/kernels.h"

#include "codes.h"

void QRT_UNARY(requantize)(const qrt_rescale *p, const int16_t *x, code_y *y) {
  const qrt_output out = p->out;
  for (int32_t i = 0; i < p->count; ++i)
    y[i] = (code_y)qrt_requantize(x[i], p->mul, out.zero, out.min, out.max);
}
