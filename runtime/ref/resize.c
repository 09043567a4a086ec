// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize, NHWC; the compiler computes the source rows, columns and weights
// (spec Q-RESIZE), so that no coordinate rule of ONNX appears here.

#include "qrt/kernels.h"

// memcpy: see copy.c.
#define COPY_BYTES __builtin_memcpy

void qrt_ref_resize_nearest_s8(const qrt_resize2d *p, const int32_t *row,
                               const int32_t *col, const int8_t *x, int8_t *y) {
  const ptrdiff_t image_size = (ptrdiff_t)p->in_h * p->in_w * p->channels;
  for (int32_t n = 0; n < p->batch; ++n, x += image_size) {
    for (int32_t i = 0; i < p->out_h; ++i) {
      const int8_t *source = x + (ptrdiff_t)row[i] * p->in_w * p->channels;
      for (int32_t j = 0; j < p->out_w; ++j, y += p->channels)
        COPY_BYTES(y, source + (ptrdiff_t)col[j] * p->channels,
                   (size_t)p->channels);
    }
  }
}

// Weights are in 1/2048; two of them multiply to at most 2^22, and the four
// products of a pixel sum to 2^22: |acc| <= 255 * 2^22 < 2^30.
enum { ONE = 2048 };

void qrt_ref_resize_bilinear_s8(const qrt_resize2d *p, const int32_t *row,
                                const int32_t *row_weight, const int32_t *col,
                                const int32_t *col_weight, const int8_t *x,
                                int8_t *y) {
  const qrt_output out = p->out;
  const ptrdiff_t channels = p->channels;
  const ptrdiff_t x_row = p->in_w * channels;
  for (int32_t n = 0; n < p->batch; ++n, x += p->in_h * x_row) {
    for (int32_t i = 0; i < p->out_h; ++i) {
      const int32_t below = row[i] + 1 < p->in_h ? row[i] + 1 : p->in_h - 1;
      const int8_t *top = x + row[i] * x_row;
      const int8_t *bottom = x + below * x_row;
      const int32_t wb = row_weight[i], wt = ONE - wb;
      for (int32_t j = 0; j < p->out_w; ++j) {
        const int32_t after = col[j] + 1 < p->in_w ? col[j] + 1 : p->in_w - 1;
        const ptrdiff_t l = col[j] * channels, r = after * channels;
        const int32_t wr = col_weight[j], wl = ONE - wr;
        for (ptrdiff_t c = 0; c < channels; ++c) {
          const int32_t acc = (top[l + c] - p->in_zero) * (wt * wl) +
                              (top[r + c] - p->in_zero) * (wt * wr) +
                              (bottom[l + c] - p->in_zero) * (wb * wl) +
                              (bottom[r + c] - p->in_zero) * (wb * wr);
          *y++ =
              (int8_t)qrt_requantize(acc, p->mul, out.zero, out.min, out.max);
        }
      }
    }
  }
}
