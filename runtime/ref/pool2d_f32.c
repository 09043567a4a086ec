// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float pooling, NHWC (spec Q-FPOOL): mean and largest element of each window.

#include "qrt/kernels.h"

#include "window.h"

// Channels kept at a time.
enum { CHANNELS = 64 };

static int32_t tap_count(qrt_taps taps) { return taps.last - taps.first; }

// Taps of one window, and the offset of tap (0, 0), which may lie outside.
typedef struct window {
  qrt_taps rows, cols;
  ptrdiff_t origin;
  int32_t count; // divisor of the mean
} window;

typedef void block_function(const qrt_pool2d *p, const window *w,
                            const float *x, int32_t channels, float *y);

static void average(const qrt_pool2d *p, const window *w, const float *x,
                    int32_t channels, float *y) {
  const ptrdiff_t x_col = p->dilation_w * qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t x_row =
      p->dilation_h * (p->in_w * qrt_pixel(p->channels, p->x_gap));
  float sum[CHANNELS] = {0};
  for (int32_t kh = w->rows.first; kh < w->rows.last; ++kh)
    for (int32_t kw = w->cols.first; kw < w->cols.last; ++kw) {
      const float *tap = x + (w->origin + kh * x_row + kw * x_col);
      for (int32_t c = 0; c < channels; ++c)
        sum[c] += tap[c];
    }
  for (int32_t c = 0; c < channels; ++c)
    y[c] = sum[c] / (float)w->count;
}

static void largest(const qrt_pool2d *p, const window *w, const float *x,
                    int32_t channels, float *y) {
  const ptrdiff_t x_col = p->dilation_w * qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t x_row =
      p->dilation_h * (p->in_w * qrt_pixel(p->channels, p->x_gap));
  for (int32_t c = 0; c < channels; ++c)
    y[c] = -__builtin_inff();
  for (int32_t kh = w->rows.first; kh < w->rows.last; ++kh)
    for (int32_t kw = w->cols.first; kw < w->cols.last; ++kw) {
      const float *tap = x + (w->origin + kh * x_row + kw * x_col);
      for (int32_t c = 0; c < channels; ++c)
        y[c] = tap[c] > y[c] ? tap[c] : y[c];
    }
}

// As in avg_pool2d.c.
static int32_t divisor(const qrt_pool2d *p, const window *w, int32_t oh,
                       int32_t ow) {
  int32_t count = tap_count(w->rows) * tap_count(w->cols);
  if (p->count_include_pad)
    count = tap_count(qrt_clip_taps(oh * p->stride_h, p->dilation_h,
                                    p->kernel_h, p->padded_h)) *
            tap_count(qrt_clip_taps(ow * p->stride_w, p->dilation_w,
                                    p->kernel_w, p->padded_w));
  return count < 1 ? 1 : count;
}

static void each_window(const qrt_pool2d *p, const float *x,
                        block_function *block, float *y) {
  const ptrdiff_t x_pixel = qrt_pixel(p->channels, p->x_gap);
  const ptrdiff_t y_pixel = qrt_pixel(p->channels, p->y_gap);
  const ptrdiff_t image_size = p->in_h * (p->in_w * x_pixel);
  for (int32_t n = 0; n < p->batch; ++n, x += image_size)
    for (int32_t oh = 0; oh < p->out_h; ++oh) {
      window w;
      const int32_t ih = oh * p->stride_h - p->pad_top;
      w.rows = qrt_clip_taps(ih, p->dilation_h, p->kernel_h, p->in_h);
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += y_pixel) {
        const int32_t iw = ow * p->stride_w - p->pad_left;
        w.cols = qrt_clip_taps(iw, p->dilation_w, p->kernel_w, p->in_w);
        w.count = divisor(p, &w, oh, ow);
        w.origin = ((ptrdiff_t)ih * p->in_w + iw) * x_pixel;
        for (int32_t c = 0; c < p->channels; c += CHANNELS) {
          const int32_t left = p->channels - c;
          block(p, &w, x + c, left < CHANNELS ? left : CHANNELS, y + c);
        }
      }
    }
}

void qrt_ref_avg_pool2d_f32(const qrt_pool2d *p, const float *x, float *y) {
  each_window(p, x, average, y);
}

void qrt_ref_max_pool2d_f32(const qrt_pool2d *p, const float *x, float *y) {
  each_window(p, x, largest, y);
}
