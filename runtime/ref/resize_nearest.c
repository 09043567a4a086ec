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
  const ptrdiff_t image_size = (ptrdiff_t)p->in_h * p->in_w * p->channels;
  for (int32_t n = 0; n < p->batch; ++n, x += image_size) {
    for (int32_t i = 0; i < p->out_h; ++i) {
      const code_a *source = x + (ptrdiff_t)row[i] * p->in_w * p->channels;
      for (int32_t j = 0; j < p->out_w; ++j, y += p->channels)
        COPY_BYTES(y, source + (ptrdiff_t)col[j] * p->channels,
                   (size_t)p->channels * sizeof *y);
    }
  }
}
