// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transposed convolution, written as a gather: every output pixel collects
// the input pixels that reach it, so that no int32 image is needed.
//
// Input (ih, iw) reaches output (oh, ow) through tap (kh, kw) when
//   oh + pad_top - kh * dilation_h = ih * stride_h, and the same for columns.

#include "qrt/kernels.h"

#include "bias.h"
#include "codes.h"
#include "dot.h"
#include "source.h"

// Adds every tap that reaches output (oh, ow) to acc[0 .. count); `image` and
// `filter` belong to the first input and output channel of the group's block.
static void gather(const qrt_conv2d *p, int32_t oh, int32_t ow,
                   const code_a *image, const int8_t *filter, int32_t count,
                   int32_t *acc) {
  const ptrdiff_t depth = p->in_c / p->groups;
  const ptrdiff_t filter_size = (ptrdiff_t)p->kernel_h * p->kernel_w * depth;
  for (int32_t kh = 0; kh < p->kernel_h; ++kh) {
    const int32_t ih =
        qrt_source(oh, p->pad_top, kh, p->dilation_h, p->stride_h, p->in_h);
    if (ih < 0)
      continue;
    for (int32_t kw = 0; kw < p->kernel_w; ++kw) {
      const int32_t iw =
          qrt_source(ow, p->pad_left, kw, p->dilation_w, p->stride_w, p->in_w);
      if (iw < 0)
        continue;
      const code_a *x = image + ((ptrdiff_t)ih * p->in_w + iw) * qrt_x_pixel(p);
      const int8_t *w = filter + ((ptrdiff_t)kh * p->kernel_w + kw) * depth;
      for (int32_t c = 0; c < count; ++c, w += filter_size)
        acc[c] += qrt_dot(x, p->in_zero, w, p->filter_zero, depth);
    }
  }
}

static void compute_pixel(const qrt_conv2d *p, int32_t oh, int32_t ow,
                          const code_a *image, const int8_t *filter,
                          const void *bias, const float *mul, code_y *y) {
  const int32_t depth = p->in_c / p->groups;
  const int32_t span = p->out_c / p->groups;
  const ptrdiff_t filter_size = (ptrdiff_t)p->kernel_h * p->kernel_w * depth;
  const qrt_output out = p->out;
  int32_t acc[QRT_CHANNEL_BLOCK];
  for (int32_t group = 0; group < p->groups; ++group) {
    for (int32_t begin = 0; begin < span; begin += QRT_CHANNEL_BLOCK) {
      const int32_t left = span - begin;
      const int32_t count = left < QRT_CHANNEL_BLOCK ? left : QRT_CHANNEL_BLOCK;
      const int32_t oc = group * span + begin;
      qrt_start(p, bias, oc, count, acc);
      gather(p, oh, ow, image + (ptrdiff_t)group * depth,
             filter + oc * filter_size, count, acc);
      for (int32_t c = 0; c < count; ++c)
        y[oc + c] = (code_y)qrt_requantize(acc[c], mul[oc + c], out.zero,
                                           out.min, out.max);
    }
  }
}

void QRT_UNARY(conv_transpose2d)(const qrt_conv2d *p, const code_a *x,
                                 const int8_t *filter, const void *bias,
                                 const float *mul, code_y *y) {
  for (int32_t n = 0; n < p->batch; ++n) {
    const code_a *image = x + (ptrdiff_t)n * p->in_h * p->in_w * qrt_x_pixel(p);
    for (int32_t oh = 0; oh < p->out_h; ++oh)
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += qrt_y_pixel(p))
        compute_pixel(p, oh, ow, image, filter, bias, mul, y);
  }
}
