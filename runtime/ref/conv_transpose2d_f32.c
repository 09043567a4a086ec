// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float transposed convolution (spec Q-FCONV), written as a gather: every
// output pixel collects the input pixels that reach it, taps in order kh, kw.
//
// Input (ih, iw) reaches output (oh, ow) through tap (kh, kw) when
//   oh + pad_top - kh * dilation_h = ih * stride_h, and the same for columns.

#include "qrt/kernels.h"

#include "dot_f32.h"
#include "source.h"

// Adds every tap that reaches output (oh, ow); `image` begins at the group's
// first input channel.
static void gather(const qrt_conv2d_f32 *p, int32_t oh, int32_t ow,
                   const float *image, const float *const *w,
                   qrt_lanes *lanes) {
  const ptrdiff_t depth = p->in_c / p->groups;
  for (int32_t kh = 0; kh < p->kernel_h; ++kh) {
    const int32_t ih =
        qrt_source(oh, p->pad_top, kh, p->dilation_h, p->stride_h, p->in_h);
    if (ih < 0)
      continue;
    for (int32_t kw = 0; kw < p->kernel_w; ++kw) {
      const int32_t iw =
          qrt_source(ow, p->pad_left, kw, p->dilation_w, p->stride_w, p->in_w);
      if (iw >= 0)
        qrt_add_products(lanes,
                         image + ((ptrdiff_t)ih * p->in_w + iw) * p->in_c, w,
                         ((ptrdiff_t)kh * p->kernel_w + kw) * depth, depth);
    }
  }
}

static void compute_pixel(const qrt_conv2d_f32 *p, int32_t oh, int32_t ow,
                          const float *image, const float *filter,
                          const float *bias, float *y) {
  const ptrdiff_t depth = p->in_c / p->groups;
  const int32_t span = p->out_c / p->groups;
  const ptrdiff_t filter_size = (ptrdiff_t)p->kernel_h * p->kernel_w * depth;
  for (int32_t group = 0; group < p->groups; ++group)
    for (int32_t begin = 0; begin < span; begin += QRT_DOT_OUTPUTS) {
      const int32_t oc = group * span + begin;
      const float *w[QRT_DOT_OUTPUTS];
      qrt_filters(filter + oc * filter_size, filter_size, span - begin, w);
      qrt_lanes lanes;
      qrt_clear_lanes(&lanes);
      gather(p, oh, ow, image + group * depth, w, &lanes);
      qrt_store_outputs(&lanes, bias ? bias + oc : 0, p->min, p->max,
                        span - begin, y + oc);
    }
}

void qrt_ref_conv_transpose2d_f32(const qrt_conv2d_f32 *p, const float *x,
                                  const float *filter, const float *bias,
                                  float *y) {
  for (int32_t n = 0; n < p->batch; ++n) {
    const float *image = x + (ptrdiff_t)n * p->in_h * p->in_w * p->in_c;
    for (int32_t oh = 0; oh < p->out_h; ++oh)
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += p->out_c)
        compute_pixel(p, oh, ow, image, filter, bias, y);
  }
}
