// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bilinear resize, NHWC; rows, columns and weights come from the compiler
// (spec Q-RESIZE).

#include "qrt/kernels.h"

#include "codes.h"

// Weights are in 1/2048; two of them multiply to at most 2^22, and the four
// products of a pixel sum to 2^22: |acc| <= 255 * 2^22 < 2^30 for 8 bits, and
// 2^37 for 16.
enum { ONE = 2048 };
#if QRT_A_BITS == 8
typedef int32_t sum;
#else
typedef int64_t sum;
#endif

void QRT_UNARY(resize_bilinear)(const qrt_resize2d *p, const int32_t *row,
                                const int32_t *row_weight, const int32_t *col,
                                const int32_t *col_weight, const code_a *x,
                                code_y *y) {
  const qrt_output out = p->out;
  const ptrdiff_t channels = p->channels;
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  const ptrdiff_t x_row = p->in_w * x_pixel;
  for (int32_t n = 0; n < p->batch; ++n, x += p->in_h * x_row) {
    for (int32_t i = 0; i < p->out_h; ++i) {
      const int32_t below = row[i] + 1 < p->in_h ? row[i] + 1 : p->in_h - 1;
      const code_a *top = x + row[i] * x_row;
      const code_a *bottom = x + below * x_row;
      const int32_t wb = row_weight[i], wt = ONE - wb;
      for (int32_t j = 0; j < p->out_w; ++j, y += y_pixel) {
        const int32_t after = col[j] + 1 < p->in_w ? col[j] + 1 : p->in_w - 1;
        const ptrdiff_t l = col[j] * x_pixel, r = after * x_pixel;
        const int32_t wr = col_weight[j], wl = ONE - wr;
        for (ptrdiff_t c = 0; c < channels; ++c) {
          const sum acc = (sum)(top[l + c] - p->in_zero) * (wt * wl) +
                          (sum)(top[r + c] - p->in_zero) * (wt * wr) +
                          (sum)(bottom[l + c] - p->in_zero) * (wb * wl) +
                          (sum)(bottom[r + c] - p->in_zero) * (wb * wr);
          y[c] = (code_y)qrt_round_to_code((float)acc * p->mul, out.zero,
                                           out.min, out.max);
        }
      }
    }
  }
}
