// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nearest resize, NHWC; the compiler computes the source rows and columns
// (spec Q-RESIZE), so that no coordinate rule of ONNX appears here.

#include "qrt/kernels.h"

#include "codes.h"

// memcpy: see copy.c.
#define COPY_BYTES __builtin_memcpy

void QRT_SAME(resize_nearest)(const qrt_resize2d *p, const int32_t *row,
                              const int32_t *col, const code_a *x, code_a *y) {
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  const ptrdiff_t x_row = p->in_w * x_pixel;
  for (int32_t n = 0; n < p->batch; ++n, x += p->in_h * x_row) {
    for (int32_t i = 0; i < p->out_h; ++i) {
      const code_a *source = x + row[i] * x_row;
      for (int32_t j = 0; j < p->out_w; ++j, y += y_pixel)
        COPY_BYTES(y, source + col[j] * x_pixel,
                   (size_t)p->channels * sizeof *y);
    }
  }
}
