// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Average pooling (spec Q-AVGPOOL). The divisor joins the multiplier:
//
//   y = requantize(sum (x - in_zero), in_scale / f32(out_scale * count), out)
//
// count is the number of taps inside the input or, with count_include_pad,
// inside the padded input; the overhang of ceil_mode never counts.

#include "qrt/kernels.h"

#include "codes.h"
#include "window.h"

// Sums up to this many channels are kept at a time.
enum { CHANNELS = 64 };

static int32_t tap_count(qrt_taps taps) { return taps.last - taps.first; }

// One block of channels of one output pixel; `origin` is the offset of tap
// (0, 0), which may lie outside.
static void average(const qrt_pool2d *p, qrt_taps rows, qrt_taps cols,
                    float mul, const code_a *x, ptrdiff_t origin, int32_t count,
                    code_y *y) {
  const qrt_output out = p->out;
  const ptrdiff_t x_col = p->dilation_w * qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t x_row =
      p->dilation_h * (p->in_w * qrt_pixel(p->channels, p->x_gap));
  int32_t sum[CHANNELS];
  for (int32_t c = 0; c < count; ++c)
    sum[c] = 0;
  for (int32_t kh = rows.first; kh < rows.last; ++kh) {
    for (int32_t kw = cols.first; kw < cols.last; ++kw) {
      const code_a *tap = x + (origin + kh * x_row + kw * x_col);
      for (int32_t c = 0; c < count; ++c)
        sum[c] += tap[c] - p->in_zero;
    }
  }
  for (int32_t c = 0; c < count; ++c)
    y[c] = (code_y)qrt_requantize(sum[c], mul, out.zero, out.min, out.max);
}

void QRT_UNARY(avg_pool2d)(const qrt_pool2d *p, const code_a *x, code_y *y) {
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  const ptrdiff_t image_size = p->in_h * (p->in_w * x_pixel);
  for (int32_t n = 0; n < p->batch; ++n, x += image_size) {
    for (int32_t oh = 0; oh < p->out_h; ++oh) {
      const int32_t padded_row = oh * p->stride_h;
      const int32_t ih = padded_row - p->pad_top;
      const qrt_taps rows =
          qrt_clip_taps(ih, p->dilation_h, p->kernel_h, p->in_h);
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += y_pixel) {
        const int32_t padded_col = ow * p->stride_w;
        const int32_t iw = padded_col - p->pad_left;
        const qrt_taps cols =
            qrt_clip_taps(iw, p->dilation_w, p->kernel_w, p->in_w);
        int32_t count = tap_count(rows) * tap_count(cols);
        if (p->count_include_pad)
          count = tap_count(qrt_clip_taps(padded_row, p->dilation_h,
                                          p->kernel_h, p->padded_h)) *
                  tap_count(qrt_clip_taps(padded_col, p->dilation_w,
                                          p->kernel_w, p->padded_w));
        if (count < 1) // nothing to average: the sum is 0, its code the zero
          count = 1;
        const float divisor = p->out_scale * (float)count;
        const float mul = p->in_scale / divisor;
        const ptrdiff_t origin = ((ptrdiff_t)ih * p->in_w + iw) * x_pixel;
        for (int32_t c = 0; c < p->channels; c += CHANNELS) {
          const int32_t left = p->channels - c;
          average(p, rows, cols, mul, x, origin + c,
                  left < CHANNELS ? left : CHANNELS, y + c);
        }
      }
    }
  }
}
