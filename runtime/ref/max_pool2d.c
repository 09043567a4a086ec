// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Max pooling of codes, which order as their values do (spec Q-MAXPOOL).
// A window without any tap inside the input gives the smallest code: -128, or
// out.min for 16 bits, whose storage range may be narrower.

#include "qrt/kernels.h"

#include "codes.h"
#include "window.h"

static void larger(const code_a *x, int32_t count, code_a *y) {
  for (int32_t c = 0; c < count; ++c)
    y[c] = x[c] > y[c] ? x[c] : y[c];
}

void QRT_SAME(max_pool2d)(const qrt_pool2d *p, const code_a *x, code_a *y) {
  const code_a lowest = QRT_A_BITS == 8 ? (code_a)INT8_MIN : (code_a)p->out.min;
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  const ptrdiff_t image_size = p->in_h * (p->in_w * x_pixel);
  for (int32_t n = 0; n < p->batch; ++n, x += image_size) {
    for (int32_t oh = 0; oh < p->out_h; ++oh) {
      const int32_t ih = oh * p->stride_h - p->pad_top;
      const qrt_taps rows =
          qrt_clip_taps(ih, p->dilation_h, p->kernel_h, p->in_h);
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += y_pixel) {
        const int32_t iw = ow * p->stride_w - p->pad_left;
        const qrt_taps cols =
            qrt_clip_taps(iw, p->dilation_w, p->kernel_w, p->in_w);
        QRT_SAME(fill)(p->channels, lowest, y);
        for (int32_t kh = rows.first; kh < rows.last; ++kh) {
          for (int32_t kw = cols.first; kw < cols.last; ++kw) {
            const ptrdiff_t row = ih + (ptrdiff_t)kh * p->dilation_h;
            const ptrdiff_t col = iw + (ptrdiff_t)kw * p->dilation_w;
            larger(x + (row * p->in_w + col) * x_pixel, p->channels, y);
          }
        }
      }
    }
  }
}
