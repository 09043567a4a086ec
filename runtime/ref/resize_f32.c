// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float resize, NHWC; rows, columns and weights are the compiler's (spec
// Q-FRESIZE).

#include "qrt/kernels.h"

void qrt_ref_resize_nearest_f32(const qrt_resize2d *p, const int32_t *row,
                                const int32_t *col, const float *x, float *y) {
  const ptrdiff_t channels = p->channels;
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  for (int32_t n = 0; n < p->batch; ++n, x += p->in_h * (p->in_w * x_pixel))
    for (int32_t i = 0; i < p->out_h; ++i)
      for (int32_t j = 0; j < p->out_w; ++j, y += y_pixel) {
        const float *source =
            x + ((ptrdiff_t)row[i] * p->in_w + col[j]) * x_pixel;
        for (ptrdiff_t c = 0; c < channels; ++c)
          y[c] = source[c];
      }
}

// (1 - w) * a + w * b, each operation rounded.
static float mix(float a, float b, float w) {
  const float left = (1.0f - w) * a;
  const float right = w * b;
  return left + right;
}

void qrt_ref_resize_bilinear_f32(const qrt_resize2d *p, const int32_t *row,
                                 const float *row_weight, const int32_t *col,
                                 const float *col_weight, const float *x,
                                 float *y) {
  const ptrdiff_t channels = p->channels;
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  const ptrdiff_t x_row = p->in_w * x_pixel;
  for (int32_t n = 0; n < p->batch; ++n, x += p->in_h * x_row)
    for (int32_t i = 0; i < p->out_h; ++i) {
      const int32_t below = row[i] + 1 < p->in_h ? row[i] + 1 : p->in_h - 1;
      const float *top = x + row[i] * x_row;
      const float *bottom = x + below * x_row;
      for (int32_t j = 0; j < p->out_w; ++j, y += y_pixel) {
        const int32_t after = col[j] + 1 < p->in_w ? col[j] + 1 : p->in_w - 1;
        const ptrdiff_t l = col[j] * x_pixel, r = after * x_pixel;
        for (ptrdiff_t c = 0; c < channels; ++c) {
          const float above = mix(top[l + c], top[r + c], col_weight[j]);
          const float under = mix(bottom[l + c], bottom[r + c], col_weight[j]);
          y[c] = mix(above, under, row_weight[i]);
        }
      }
    }
}
