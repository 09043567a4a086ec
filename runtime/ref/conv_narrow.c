// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions, plain and transposed, whose filters are stored with 4 or 2 bits
// a code, also with a multiplier for each group of them. As many output
// channels as fit QRT_NARROW_BYTES are unpacked, then all pixels of these
// channels are computed: the filter is read once, and scratch stays small
// however large the filter is.
//
//   acc = bias + sum over kh, kw, ic of (x - in_zero) * (w - filter_zero)
//   y   = requantize(acc, mul[oc], out), then qrt_add_codes with a residual
//
// Written as a gather: input row ih reaches output row oh through tap kh when
//   plain       ih = oh * stride_h - pad_top + kh * dilation_h
//   transposed  ih * stride_h = oh + pad_top - kh * dilation_h
// and the same for columns.

#include "qrt/kernels.h"

#include "bias.h"
#include "dot.h"
#include "window.h"

// The call, and the block of output channels under way.
typedef struct narrow {
  const qrt_conv2d *p;
  int transposed;
  int32_t first, count; // output channels
  ptrdiff_t size;       // codes of one of them
  const int8_t *weights;
  const void *bias;
  const float *mul;
} narrow;

// codes[i] for `count` codes stored plus 2^(bits - 1), lowest bits first.
static void unpack(int8_t *codes, const int8_t *stored, int32_t bits,
                   ptrdiff_t count) {
  const int32_t mask = (1 << bits) - 1, half = 1 << (bits - 1);
  for (ptrdiff_t i = 0; i < count; ++stored)
    for (int32_t shift = 0; shift < 8 && i < count; shift += bits, ++i)
      codes[i] = (int8_t)(((uint8_t)*stored >> shift & mask) - half);
}

// Multiplies the codes of one output channel by the multipliers of their
// groups, `group` input channels of a tap each.
static void scale(const qrt_conv2d *p, int32_t group, const int8_t *multipliers,
                  int8_t *codes) {
  const int32_t depth = p->in_c / p->groups;
  for (int32_t tap = 0; tap < p->kernel_h * p->kernel_w; ++tap)
    for (int32_t first = 0; first < depth; first += group, ++multipliers)
      for (int32_t i = first; i < depth && i < first + group; ++i, ++codes)
        *codes = (int8_t)(*codes * *multipliers);
}

// Input index that tap `k` brings to output `o`, or -1.
static int32_t source(int transposed, int32_t o, int32_t pad, int32_t k,
                      int32_t dilation, int32_t stride, int32_t size) {
  int32_t at = o * stride - pad + k * dilation;
  if (transposed) {
    at = o + pad - k * dilation;
    if (at % stride != 0)
      return -1;
    at /= stride;
  }
  return at < 0 || at >= size ? -1 : at;
}

// Adds a run of neighbouring codes to acc[0 .. count): `x` of the first
// channel, the run's place in the filter, its length.
static void add_run(const narrow *n, const int8_t *x, ptrdiff_t at,
                    ptrdiff_t length, int32_t *acc) {
  const qrt_conv2d *p = n->p;
  const int32_t x_zero = p->in_zero, w_zero = p->filter_zero;
  const int8_t *w = n->weights + at;
  // Channels of a block share their group, or have groups of their own.
  if (qrt_narrow_depthwise(p)) {
    for (int32_t c = 0; c < n->count; ++c)
      acc[c] += (x[c] - x_zero) * (w[c * n->size] - w_zero);
    return;
  }
  for (int32_t c = 0; c < n->count; ++c, w += n->size)
    acc[c] += qrt_dot(x, x_zero, w, w_zero, length);
}

// Adds every tap of output pixel (oh, ow) to acc[0 .. count).
static void gather(const narrow *n, int32_t oh, int32_t ow, const int8_t *image,
                   int32_t *acc) {
  const qrt_conv2d *p = n->p;
  const ptrdiff_t depth = p->in_c / p->groups;
  const int8_t *from = image + n->first / (p->out_c / p->groups) * depth;
  // Taps of a row that touch each other in x and in the filter are one run.
  qrt_taps row = {0, p->kernel_w};
  const int joined =
      !n->transposed && p->dilation_w == 1 && p->groups == 1 && p->x_gap == 0;
  if (joined)
    row =
        qrt_clip_taps(ow * p->stride_w - p->pad_left, 1, p->kernel_w, p->in_w);
  const int32_t run = joined ? row.last - row.first : 1;
  for (int32_t kh = 0; kh < p->kernel_h; ++kh) {
    const int32_t ih = source(n->transposed, oh, p->pad_top, kh, p->dilation_h,
                              p->stride_h, p->in_h);
    if (ih < 0)
      continue;
    for (int32_t kw = row.first; kw < row.last; kw += run) {
      const int32_t iw = source(n->transposed, ow, p->pad_left, kw,
                                p->dilation_w, p->stride_w, p->in_w);
      if (iw >= 0)
        add_run(n, from + ((ptrdiff_t)ih * p->in_w + iw) * qrt_x_pixel(p),
                ((ptrdiff_t)kh * p->kernel_w + kw) * depth, run * depth, acc);
    }
  }
}

// The block's channels of all pixels; `y` and `residual` point at the first.
static void compute_block(const narrow *n, const int8_t *x,
                          const int8_t *residual, int8_t *y) {
  const qrt_conv2d *p = n->p;
  int32_t acc[QRT_CHANNEL_BLOCK];
  for (int32_t image = 0; image < p->batch; ++image) {
    for (int32_t oh = 0; oh < p->out_h; ++oh)
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += qrt_y_pixel(p)) {
        qrt_start(p, n->bias, n->first, n->count, acc);
        gather(n, oh, ow, x, acc);
        for (int32_t c = 0; c < n->count; ++c) {
          int32_t code = qrt_requantize(acc[c], n->mul[n->first + c],
                                        p->out.zero, p->out.min, p->out.max);
          if (residual)
            code = qrt_add_codes(&p->add, code, residual[c]);
          y[c] = (int8_t)code;
        }
        if (residual)
          residual += qrt_y_pixel(p);
      }
    x += (ptrdiff_t)p->in_h * p->in_w * qrt_x_pixel(p);
  }
}

// `group` is 0 where codes have no multipliers.
static void convolve(const qrt_conv2d *p, int transposed, int32_t bits,
                     int32_t group, const int8_t *x, const int8_t *filter,
                     const void *bias, const float *mul, const int8_t *residual,
                     int8_t *y, uint8_t *scratch) {
  int8_t *weights = (int8_t *)scratch;
  narrow n = {p, transposed, 0, 0, 0, weights, bias, mul};
  n.size = (ptrdiff_t)p->kernel_h * p->kernel_w * (p->in_c / p->groups);
  // Every output channel begins a byte, behind its multipliers.
  const ptrdiff_t stored = (n.size * bits + 7) / 8;
  const ptrdiff_t multipliers = group ? qrt_filter_groups(p, group) : 0;
  const int32_t block = qrt_narrow_channels(p);
  const int32_t span =
      qrt_narrow_depthwise(p) ? p->out_c : p->out_c / p->groups;
  for (n.first = 0; n.first < p->out_c; n.first += n.count) {
    const int32_t left = span - n.first % span;
    n.count = left < block ? left : block;
    for (int32_t c = 0; c < n.count; ++c, filter += multipliers + stored) {
      unpack(weights + c * n.size, filter + multipliers, bits, n.size);
      if (group)
        scale(p, group, filter, weights + c * n.size);
    }
    compute_block(&n, x, residual ? residual + n.first : 0, y + n.first);
  }
}

void qrt_ref_conv2d_s8w4(const qrt_conv2d *p, const int8_t *x,
                         const int8_t *filter, const void *bias,
                         const float *mul, const int8_t *residual, int8_t *y,
                         uint8_t *scratch) {
  convolve(p, 0, 4, 0, x, filter, bias, mul, residual, y, scratch);
}

void qrt_ref_conv2d_s8w2(const qrt_conv2d *p, const int8_t *x,
                         const int8_t *filter, const void *bias,
                         const float *mul, const int8_t *residual, int8_t *y,
                         uint8_t *scratch) {
  convolve(p, 0, 2, 0, x, filter, bias, mul, residual, y, scratch);
}

void qrt_ref_conv_transpose2d_s8w4(const qrt_conv2d *p, const int8_t *x,
                                   const int8_t *filter, const void *bias,
                                   const float *mul, int8_t *y,
                                   uint8_t *scratch) {
  convolve(p, 1, 4, 0, x, filter, bias, mul, 0, y, scratch);
}

void qrt_ref_conv_transpose2d_s8w2(const qrt_conv2d *p, const int8_t *x,
                                   const int8_t *filter, const void *bias,
                                   const float *mul, int8_t *y,
                                   uint8_t *scratch) {
  convolve(p, 1, 2, 0, x, filter, bias, mul, 0, y, scratch);
}

void qrt_ref_conv2d_s8w4g(const qrt_conv2d *p, int32_t group, const int8_t *x,
                          const int8_t *filter, const void *bias,
                          const float *mul, const int8_t *residual, int8_t *y,
                          uint8_t *scratch) {
  convolve(p, 0, 4, group, x, filter, bias, mul, residual, y, scratch);
}

void qrt_ref_conv2d_s8w2g(const qrt_conv2d *p, int32_t group, const int8_t *x,
                          const int8_t *filter, const void *bias,
                          const float *mul, const int8_t *residual, int8_t *y,
                          uint8_t *scratch) {
  convolve(p, 0, 2, group, x, filter, bias, mul, residual, y, scratch);
}

void qrt_ref_conv_transpose2d_s8w4g(const qrt_conv2d *p, int32_t group,
                                    const int8_t *x, const int8_t *filter,
                                    const void *bias, const float *mul,
                                    int8_t *y, uint8_t *scratch) {
  convolve(p, 1, 4, group, x, filter, bias, mul, 0, y, scratch);
}

void qrt_ref_conv_transpose2d_s8w2g(const qrt_conv2d *p, int32_t group,
                                    const int8_t *x, const int8_t *filter,
                                    const void *bias, const float *mul,
                                    int8_t *y, uint8_t *scratch) {
  convolve(p, 1, 2, group, x, filter, bias, mul, 0, y, scratch);
}
