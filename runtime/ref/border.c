// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The border between real numbers and codes (spec A5, A6).

#include "qrt/kernels.h"

#include "codes.h"

void QRT_SAME(quantize_f32)(const qrt_border *p, const float *x, code_a *y) {
  const qrt_output out = p->out;
  const ptrdiff_t channels = p->channels;
  const ptrdiff_t plane = (ptrdiff_t)p->pixels + p->plane_gap;
  for (int32_t n = 0; n < p->batch; ++n)
    for (ptrdiff_t i = 0; i < p->pixels; ++i)
      for (ptrdiff_t c = 0; c < channels; ++c)
        *y++ = (code_a)qrt_quantize(x[(n * channels + c) * plane + i], p->scale,
                                    out.zero, out.min, out.max);
}

#define DEQUANTIZE_(bits) qrt_ref_dequantize_s##bits##_f32
#define DEQUANTIZE(bits) DEQUANTIZE_(bits)

void DEQUANTIZE(QRT_A_BITS)(const qrt_border *p, const code_a *x, float *y) {
  const ptrdiff_t channels = p->channels;
  for (int32_t n = 0; n < p->batch; ++n)
    for (ptrdiff_t c = 0; c < channels; ++c, y += p->plane_gap)
      for (ptrdiff_t i = 0; i < p->pixels; ++i)
        *y++ = qrt_dequantize(x[((ptrdiff_t)n * p->pixels + i) * channels + c],
                              p->out.zero, p->scale);
}
