// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Table lookup: every unary function of an 8-bit code (spec Q-LUT).

#include "qrt/kernels.h"

#include "codes.h"

void QRT_UNARY(lut)(const qrt_lut *p, const int8_t *x, const code_y *table,
                    code_y *y) {
  if (p->channels == 1) {
    for (int32_t i = 0; i < p->count; ++i)
      y[i] = table[x[i] + 128];
    return;
  }
  for (int32_t i = 0; i < p->count; i += p->channels)
    for (int32_t c = 0; c < p->channels; ++c)
      y[i + c] = table[(ptrdiff_t)c * 256 + x[i + c] + 128];
}
