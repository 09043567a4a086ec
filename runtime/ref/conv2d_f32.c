// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float convolution, NHWC, any groups, strides, dilations and padding (spec
// Q-FCONV). Taps outside the picture are skipped.
//
// Two loop nests with the same order of additions. Deep filters: a vector runs
// along the input channels. Shallow ones (the picture's three channels,
// depthwise) would leave most lanes empty: a vector runs along the output
// channels, whose filters are turned once for all pixels.

#include "qrt/kernels.h"

#include "dot_f32.h"
#include "window.h"

// Output channels whose filters stay in cache while all pixels pass.
enum { BLOCK = 16 };
// Output channels of a shallow block, and the turned filter on the stack.
enum { SHALLOW_BLOCK = 16, TURNED = 2400 };

// The taps of one output pixel that lie inside the input.
typedef struct pixel {
  const float *image;
  ptrdiff_t origin; // offset of tap (0, 0), which may lie outside
  qrt_taps rows, cols;
} pixel;

// What the loops over pixels do with each of them: `block` is theirs.
typedef void visitor(const qrt_conv2d_f32 *p, const pixel *px,
                     const void *block, float *y);

static void each_pixel(const qrt_conv2d_f32 *p, const float *x, visitor *visit,
                       const void *block, float *y) {
  for (int32_t n = 0; n < p->batch; ++n) {
    pixel px;
    px.image = x + (ptrdiff_t)n * p->in_h * p->in_w * p->in_c;
    for (int32_t oh = 0; oh < p->out_h; ++oh) {
      const int32_t ih = oh * p->stride_h - p->pad_top;
      px.rows = qrt_clip_taps(ih, p->dilation_h, p->kernel_h, p->in_h);
      for (int32_t ow = 0; ow < p->out_w; ++ow, y += p->out_c) {
        const int32_t iw = ow * p->stride_w - p->pad_left;
        px.cols = qrt_clip_taps(iw, p->dilation_w, p->kernel_w, p->in_w);
        px.origin = ((ptrdiff_t)ih * p->in_w + iw) * p->in_c;
        visit(p, &px, block, y);
      }
    }
  }
}

typedef struct deep_block {
  const float *filter, *bias; // of the first output channel
  int32_t ic;                 // first input channel of the group
  int32_t count;              // output channels
} deep_block;

static void visit_deep(const qrt_conv2d_f32 *p, const pixel *px,
                       const void *context, float *y) {
  const deep_block *block = (const deep_block *)context;
  const ptrdiff_t depth = p->in_c / p->groups;
  const ptrdiff_t filter_row = p->kernel_w * depth;
  const ptrdiff_t filter_size = p->kernel_h * filter_row;
  const ptrdiff_t x_row = (ptrdiff_t)p->dilation_h * p->in_w * p->in_c;
  const ptrdiff_t x_col = (ptrdiff_t)p->dilation_w * p->in_c;
  // Taps of a row that touch each other in x and begin at lane 0 are one run.
  const int32_t taps = px->cols.last - px->cols.first;
  const int joined =
      p->dilation_w == 1 && p->groups == 1 && depth % QRT_SUM_LANES == 0;
  const int32_t runs = joined && taps > 0 ? 1 : taps;
  const ptrdiff_t length = joined ? taps * depth : depth;
  for (int32_t begin = 0; begin < block->count; begin += QRT_DOT_OUTPUTS) {
    const int32_t left = block->count - begin;
    const float *w[QRT_DOT_OUTPUTS];
    qrt_filters(block->filter + begin * filter_size, filter_size, left, w);
    qrt_lanes lanes;
    qrt_clear_lanes(&lanes);
    for (int32_t kh = px->rows.first; kh < px->rows.last; ++kh)
      for (int32_t run = 0; run < runs; ++run) {
        const int32_t kw = px->cols.first + run;
        const float *x =
            px->image + (px->origin + kh * x_row + kw * x_col + block->ic);
        qrt_add_products(&lanes, x, w, kh * filter_row + kw * depth, length);
      }
    qrt_store_outputs(&lanes, block->bias ? block->bias + begin : 0, p->min,
                      p->max, left, y + begin);
  }
}

static void conv_deep(const qrt_conv2d_f32 *p, const float *x,
                      const float *filter, const float *bias, float *y) {
  const int32_t depth = p->in_c / p->groups, span = p->out_c / p->groups;
  const ptrdiff_t filter_size = (ptrdiff_t)p->kernel_h * p->kernel_w * depth;
  for (int32_t group = 0; group < p->groups; ++group)
    for (int32_t begin = 0; begin < span; begin += BLOCK) {
      const int32_t left = span - begin, oc = group * span + begin;
      const deep_block block = {filter + oc * filter_size, bias ? bias + oc : 0,
                                group * depth, left < BLOCK ? left : BLOCK};
      each_pixel(p, x, visit_deep, &block, y + oc);
    }
}

typedef struct shallow_block {
  const float *bias;    // of the first output channel, or null
  int32_t ic;           // first input channel
  int32_t step;         // input channels from one output to the next
  int32_t count;        // output channels
  float filter[TURNED]; // [kh][kw][depth][SHALLOW_BLOCK]
} shallow_block;

static void visit_shallow(const qrt_conv2d_f32 *p, const pixel *px,
                          const void *context, float *y) {
  const shallow_block *block = (const shallow_block *)context;
  const int32_t depth = p->in_c / p->groups;
  const ptrdiff_t x_row = (ptrdiff_t)p->dilation_h * p->in_w * p->in_c;
  const ptrdiff_t x_col = (ptrdiff_t)p->dilation_w * p->in_c;
  float lane[QRT_SUM_LANES][SHALLOW_BLOCK] = {{0}};
  for (int32_t ic = 0; ic < depth; ++ic) {
    // Lane ic: one chain over the taps for each output.
    float sum[SHALLOW_BLOCK] = {0};
    for (int32_t kh = px->rows.first; kh < px->rows.last; ++kh)
      for (int32_t kw = px->cols.first; kw < px->cols.last; ++kw) {
        const float *x =
            px->image + (px->origin + kh * x_row + kw * x_col + block->ic + ic);
        const float *w =
            block->filter +
            ((ptrdiff_t)(kh * p->kernel_w + kw) * depth + ic) * SHALLOW_BLOCK;
        if (block->step == 0)
          for (int32_t c = 0; c < SHALLOW_BLOCK; ++c)
            sum[c] += *x * w[c];
        else if (block->count == SHALLOW_BLOCK)
          for (int32_t c = 0; c < SHALLOW_BLOCK; ++c)
            sum[c] += x[c] * w[c];
        else
          for (int32_t c = 0; c < block->count; ++c)
            sum[c] += x[c] * w[c];
      }
    for (int32_t c = 0; c < SHALLOW_BLOCK; ++c)
      lane[ic][c] = sum[c];
  }
  for (int32_t c = 0; c < block->count; ++c) {
    const float sum = ((lane[0][c] + lane[4][c]) + (lane[2][c] + lane[6][c])) +
                      ((lane[1][c] + lane[5][c]) + (lane[3][c] + lane[7][c]));
    y[c] = qrt_clampf(block->bias ? sum + block->bias[c] : sum, p->min, p->max);
  }
}

static void conv_shallow(const qrt_conv2d_f32 *p, const float *x,
                         const float *filter, const float *bias, float *y) {
  const int32_t depth = p->in_c / p->groups;
  const int32_t steps = p->kernel_h * p->kernel_w * depth;
  shallow_block block;
  block.step = p->groups > 1;
  for (int32_t oc = 0; oc < p->out_c; oc += SHALLOW_BLOCK) {
    const int32_t left = p->out_c - oc;
    block.bias = bias ? bias + oc : 0;
    block.ic = block.step ? oc : 0;
    block.count = left < SHALLOW_BLOCK ? left : SHALLOW_BLOCK;
    for (int32_t c = 0; c < SHALLOW_BLOCK; ++c)
      for (int32_t i = 0; i < steps; ++i)
        block.filter[i * SHALLOW_BLOCK + c] =
            c < block.count ? filter[(ptrdiff_t)(oc + c) * steps + i] : 0.0f;
    each_pixel(p, x, visit_shallow, &block, y + oc);
  }
}

void qrt_ref_conv2d_f32(const qrt_conv2d_f32 *p, const float *x,
                        const float *filter, const float *bias, float *y) {
  const int32_t depth = p->in_c / p->groups;
  const int depthwise = depth == 1 && p->out_c == p->in_c;
  const int fits =
      (int64_t)p->kernel_h * p->kernel_w * depth <= TURNED / SHALLOW_BLOCK;
  if (depth < QRT_SUM_LANES && fits && (p->groups == 1 || depthwise))
    conv_shallow(p, x, filter, bias, y);
  else
    conv_deep(p, x, filter, bias, y);
}
