// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The border between real numbers and codes (spec A5, A6).

#include "qrt/kernels.h"

void qrt_ref_quantize_f32_s8(const qrt_border *p, const float *x, int8_t *y) {
  const qrt_output out = p->out;
  for (int32_t i = 0; i < p->count; ++i)
    y[i] = (int8_t)qrt_quantize(x[i], p->scale, out.zero, out.min, out.max);
}

void qrt_ref_dequantize_s8_f32(const qrt_border *p, const int8_t *x, float *y) {
  for (int32_t i = 0; i < p->count; ++i)
    y[i] = qrt_dequantize(x[i], p->out.zero, p->scale);
}
