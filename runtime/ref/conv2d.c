// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolution, NHWC, any groups, strides, dilations and padding.
//
//   acc = bias + sum over kh, kw, ic of (x - in_zero) * (w - filter_zero)
//   y   = requantize(acc, mul[oc], out), then qrt_add_codes with a residual
//
// Padding contributes nothing (its x is in_zero), so taps outside are skipped.
// A block of output channels of one pixel is accumulated at a time: x stays in
// registers and cache, the filter is read once per pixel.

#include "qrt/kernels.h"

#include "bias.h"
#include "codes.h"
#include "dot.h"
#include "window.h"

// The taps of one output pixel that lie inside the input.
typedef struct pixel {
  const code_a *image;
  ptrdiff_t origin; // offset of tap (0, 0), which may lie outside
  qrt_taps rows, cols;
} pixel;

// Adds the taps to acc[0 .. count), output channels that share the group whose
// first input channel is `ic`. `filter` belongs to the first of them.
static void add_dense(const qrt_conv2d *p, const pixel *px, int32_t ic,
                      const int8_t *filter, int32_t count, int32_t *acc) {
  const ptrdiff_t depth = p->in_c / p->groups;
  const ptrdiff_t filter_row = p->kernel_w * depth;
  const ptrdiff_t filter_size = p->kernel_h * filter_row;
  const ptrdiff_t x_row = p->dilation_h * p->in_w * qrt_x_pixel(p);
  const ptrdiff_t x_col = p->dilation_w * qrt_x_pixel(p);
  // Taps of a row that touch each other in x and in the filter are one run.
  const int32_t taps = px->cols.last - px->cols.first;
  const int joined = p->dilation_w == 1 && p->groups == 1 && p->x_gap == 0;
  const int32_t runs = joined && taps > 0 ? 1 : taps;
  const ptrdiff_t length = joined ? taps * depth : depth;
  for (int32_t kh = px->rows.first; kh < px->rows.last; ++kh) {
    for (int32_t run = 0; run < runs; ++run) {
      const int32_t kw = px->cols.first + run;
      const code_a *x = px->image + (px->origin + kh * x_row + kw * x_col + ic);
      const int8_t *w = filter + kh * filter_row + kw * depth;
      for (int32_t c = 0; c < count; ++c, w += filter_size)
        acc[c] += qrt_dot(x, p->in_zero, w, p->filter_zero, length);
    }
  }
}

// The same for depthwise filters: channel c of x and y belong together.
static void add_depthwise(const qrt_conv2d *p, const pixel *px, int32_t ic,
                          const int8_t *filter, int32_t count, int32_t *acc) {
  const ptrdiff_t filter_size = (ptrdiff_t)p->kernel_h * p->kernel_w;
  const ptrdiff_t x_row = p->dilation_h * p->in_w * qrt_x_pixel(p);
  const ptrdiff_t x_col = p->dilation_w * qrt_x_pixel(p);
  for (int32_t kh = px->rows.first; kh < px->rows.last; ++kh) {
    for (int32_t kw = px->cols.first; kw < px->cols.last; ++kw) {
      const code_a *x = px->image + (px->origin + kh * x_row + kw * x_col + ic);
      const int8_t *w = filter + (ptrdiff_t)kh * p->kernel_w + kw;
      for (int32_t c = 0; c < count; ++c)
        acc[c] += (x[c] - p->in_zero) * (w[c * filter_size] - p->filter_zero);
    }
  }
}

static void store(const qrt_conv2d *p, const int32_t *acc, const float *mul,
                  const code_y *residual, int32_t count, code_y *y) {
  const qrt_output out = p->out;
  for (int32_t c = 0; c < count; ++c) {
    int32_t code = qrt_requantize(acc[c], mul[c], out.zero, out.min, out.max);
    if (residual)
      code = qrt_add_codes(&p->add, code, residual[c]);
    y[c] = (code_y)code;
  }
}

// All output channels of one pixel; `y` and `residual` point at channel 0.
static void compute_pixel(const qrt_conv2d *p, const pixel *px,
                          const int8_t *filter, const void *bias,
                          const float *mul, const code_y *residual, code_y *y) {
  const int32_t depth = p->in_c / p->groups;
  const int depthwise = depth == 1 && p->out_c == p->in_c;
  // Channels whose accumulation is one loop: a group, or all if depthwise.
  const int32_t span = depthwise ? p->out_c : p->out_c / p->groups;
  const ptrdiff_t filter_size = (ptrdiff_t)p->kernel_h * p->kernel_w * depth;
  int32_t acc[QRT_CHANNEL_BLOCK];
  for (int32_t first = 0; first < p->out_c; first += span) {
    const int32_t ic = depthwise ? 0 : first / span * depth;
    for (int32_t begin = 0; begin < span; begin += QRT_CHANNEL_BLOCK) {
      const int32_t left = span - begin;
      const int32_t count = left < QRT_CHANNEL_BLOCK ? left : QRT_CHANNEL_BLOCK;
      const int32_t oc = first + begin;
      qrt_start(p, bias, oc, count, acc);
      if (depthwise)
        add_depthwise(p, px, oc, filter + oc * filter_size, count, acc);
      else
        add_dense(p, px, ic, filter + oc * filter_size, count, acc);
      store(p, acc, mul + oc, residual ? residual + oc : 0, count, y + oc);
    }
  }
}

void QRT_UNARY(conv2d)(const qrt_conv2d *p, const code_a *x,
                       const int8_t *filter, const void *bias, const float *mul,
                       const code_y *residual, code_y *y) {
  for (int32_t n = 0; n < p->batch; ++n) {
    pixel px;
    px.image = x + (ptrdiff_t)n * p->in_h * p->in_w * qrt_x_pixel(p);
    for (int32_t oh = 0; oh < p->out_h; ++oh) {
      const int32_t ih = oh * p->stride_h - p->pad_top;
      px.rows = qrt_clip_taps(ih, p->dilation_h, p->kernel_h, p->in_h);
      for (int32_t ow = 0; ow < p->out_w; ++ow) {
        const int32_t iw = ow * p->stride_w - p->pad_left;
        px.cols = qrt_clip_taps(iw, p->dilation_w, p->kernel_w, p->in_w);
        px.origin = ((ptrdiff_t)ih * p->in_w + iw) * qrt_x_pixel(p);
        compute_pixel(p, &px, filter, bias, mul, residual, y);
        y += qrt_y_pixel(p);
        if (residual)
          residual += qrt_y_pixel(p);
      }
    }
  }
}
