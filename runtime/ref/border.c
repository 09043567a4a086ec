// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The border between real numbers and codes (spec A5, A6).

#include "qrt/kernels.h"

#include "codes.h"

void QRT_SAME(quantize_f32)(const qrt_border *p, const float *x, code_a *y) {
  const qrt_output out = p->out;
  for (int32_t i = 0; i < p->count; ++i)
    y[i] = (code_a)qrt_quantize(x[i], p->scale, out.zero, out.min, out.max);
}

#define DEQUANTIZE_(bits) qrt_ref_dequantize_s##bits##_f32
#define DEQUANTIZE(bits) DEQUANTIZE_(bits)

void DEQUANTIZE(QRT_A_BITS)(const qrt_border *p, const code_a *x, float *y) {
  for (int32_t i = 0; i < p->count; ++i)
    y[i] = qrt_dequantize(x[i], p->out.zero, p->scale);
}
