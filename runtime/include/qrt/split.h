// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A part of a kernel call is the same kernel on a smaller problem: parameters
// for some of the output, and the places where its tensors begin. Parts of
// disjoint ranges write disjoint bytes, so that workers may compute them side
// by side; all of them together give the bytes of the whole.
//
// Every function takes the parameters of the whole call and a range along one
// axis. It returns the parameters of the part and, in elements, how far each
// pointer moves; pointers that are not named stay. No errors: the compiler
// checks what is said of the arguments.
//
// All is inline, so that a kernel of a single layer is compiled for the numbers
// of that layer, in parts as well.

#ifndef QRT_SPLIT_H
#define QRT_SPLIT_H

#include "qrt/kernels.h"
#include "qrt/range.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline int32_t qrt_range_size(qrt_range range) {
  return range.end - range.begin;
}

/// Items of band `band` of `count` that are computed band by band: `step` each,
/// and `ahead` more in the first one.
static inline qrt_range qrt_band(int32_t count, int32_t step, int32_t ahead,
                                 int32_t band) {
  const int32_t begin = band * step + ahead;
  const int32_t end = begin + step;
  const qrt_range items = {band ? begin : 0, end < count ? end : count};
  return items;
}

/// Of a convolution (not a transposed one). `y` moves the residual too,
/// `channel` bias and multipliers.
typedef struct qrt_conv2d_part {
  qrt_conv2d p;
  ptrdiff_t x, filter, channel, y;
} qrt_conv2d_part;

/// Images of the batch.
static inline qrt_conv2d_part qrt_conv2d_images(const qrt_conv2d *whole,
                                                qrt_range images) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  part.p.batch = qrt_range_size(images);
  part.x =
      (ptrdiff_t)images.begin * whole->in_h * whole->in_w * qrt_x_pixel(whole);
  part.y = (ptrdiff_t)images.begin * whole->out_h * whole->out_w *
           qrt_y_pixel(whole);
  return part;
}

/// Takes a range of output rows, whose windows have `window` rows. Of the input
/// remain the rows from the first window to the end of the last. Returns how
/// many the part skips: those above.
static inline int32_t qrt_take_rows(qrt_range rows, int32_t stride,
                                    int32_t window, int32_t *pad_top,
                                    int32_t *in_h, int32_t *out_h) {
  const int32_t top = rows.begin * stride - *pad_top;
  const int32_t skipped = top > 0 ? top : 0;
  const int32_t end = top + (qrt_range_size(rows) - 1) * stride + window;
  if (end > skipped && end < *in_h)
    *in_h = end;
  *pad_top = skipped - top;
  *in_h -= skipped;
  *out_h = qrt_range_size(rows);
  return skipped;
}

/// Output rows, where the batch is 1 and the window of the last row begins
/// above the end of the input. Padding above is never negative: what a part
/// leaves out, `x` skips. The part's input ends where its last window does.
static inline qrt_conv2d_part qrt_conv2d_rows(const qrt_conv2d *whole,
                                              qrt_range rows) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  const int32_t skipped = qrt_take_rows(
      rows, whole->stride_h, (whole->kernel_h - 1) * whole->dilation_h + 1,
      &part.p.pad_top, &part.p.in_h, &part.p.out_h);
  part.x = (ptrdiff_t)skipped * whole->in_w * qrt_x_pixel(whole);
  part.y = (ptrdiff_t)rows.begin * whole->out_w * qrt_y_pixel(whole);
  return part;
}

/// Pixels of the whole batch, of a kernel of 1x1 with stride 1 and without
/// padding: a part is one row.
static inline qrt_conv2d_part qrt_conv2d_pixels(const qrt_conv2d *whole,
                                                qrt_range pixels) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  part.p.batch = part.p.in_h = part.p.out_h = 1;
  part.p.in_w = part.p.out_w = qrt_range_size(pixels);
  part.x = (ptrdiff_t)pixels.begin * qrt_x_pixel(whole);
  part.y = (ptrdiff_t)pixels.begin * qrt_y_pixel(whole);
  return part;
}

/// Output channels, of depthwise filters or where groups are 1; biases have 16
/// or 32 bits. The range begins where a block of the packed filter does;
/// `column` is the bytes of an output channel there.
static inline qrt_conv2d_part qrt_conv2d_channels(const qrt_conv2d *whole,
                                                  qrt_range channels,
                                                  int32_t column) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  const int32_t others = whole->out_c - qrt_range_size(channels);
  part.p.out_c -= others;
  part.p.y_gap += others;
  if (whole->groups > 1) {
    part.p.in_c = part.p.groups = part.p.out_c;
    part.p.x_gap += others;
    part.x = channels.begin;
  }
  part.filter = (ptrdiff_t)channels.begin * column;
  part.channel = part.y = channels.begin;
  return part;
}

/// Of a pooling, as those of a convolution.
typedef struct qrt_pool2d_part {
  qrt_pool2d p;
  ptrdiff_t x, y;
} qrt_pool2d_part;

static inline qrt_pool2d_part qrt_pool2d_images(const qrt_pool2d *whole,
                                                qrt_range images) {
  qrt_pool2d_part part = {*whole, 0, 0};
  part.p.batch = qrt_range_size(images);
  part.x = (ptrdiff_t)images.begin * whole->in_h * whole->in_w *
           qrt_pixel(whole->channels, whole->x_gap);
  part.y = (ptrdiff_t)images.begin * whole->out_h * whole->out_w *
           qrt_pixel(whole->channels, whole->y_gap);
  return part;
}
static inline qrt_pool2d_part qrt_pool2d_rows(const qrt_pool2d *whole,
                                              qrt_range rows) {
  qrt_pool2d_part part = {*whole, 0, 0};
  const int32_t skipped = qrt_take_rows(
      rows, whole->stride_h, (whole->kernel_h - 1) * whole->dilation_h + 1,
      &part.p.pad_top, &part.p.in_h, &part.p.out_h);
  // Counted from the first padded row of the first window.
  part.p.padded_h -= rows.begin * whole->stride_h;
  part.x = (ptrdiff_t)skipped * whole->in_w *
           qrt_pixel(whole->channels, whole->x_gap);
  part.y = (ptrdiff_t)rows.begin * whole->out_w *
           qrt_pixel(whole->channels, whole->y_gap);
  return part;
}

/// Output rows of a resize with batch 1. `row` moves the tables of rows.
typedef struct qrt_resize2d_part {
  qrt_resize2d p;
  ptrdiff_t row, y;
} qrt_resize2d_part;

static inline qrt_resize2d_part qrt_resize2d_rows(const qrt_resize2d *whole,
                                                  qrt_range rows) {
  qrt_resize2d_part part = {*whole, rows.begin, 0};
  part.p.out_h = qrt_range_size(rows);
  part.y = (ptrdiff_t)rows.begin * whole->out_w *
           qrt_pixel(whole->channels, whole->y_gap);
  return part;
}

/// The outermost axis with more than one element; the rank if there is none.
static inline int32_t qrt_outermost(const qrt_space *space) {
  int32_t axis = 0;
  while (axis < space->rank && space->size[axis] == 1)
    ++axis;
  return axis;
}

/// Takes a range of an axis that has only axes of one element around it.
/// Returns the elements of a dense tensor in front of the range.
static inline ptrdiff_t qrt_take_outermost(qrt_range range, int32_t axis,
                                           qrt_space *space) {
  ptrdiff_t first = range.begin;
  for (int32_t inner = axis + 1; inner < space->rank; ++inner)
    first *= space->size[inner];
  space->size[axis] = qrt_range_size(range);
  return first;
}

/// A range of that axis.
typedef struct qrt_add_nd_part {
  qrt_add_nd p;
  ptrdiff_t a, b, y;
} qrt_add_nd_part;

typedef struct qrt_mul_nd_part {
  qrt_mul_nd p;
  ptrdiff_t a, b, y;
} qrt_mul_nd_part;

/// The parameters of a copy have offsets of their own.
typedef struct qrt_copy_part {
  qrt_copy p;
} qrt_copy_part;

static inline qrt_add_nd_part qrt_add_nd_outermost(const qrt_add_nd *whole,
                                                   qrt_range range) {
  const int32_t axis = qrt_outermost(&whole->space);
  qrt_add_nd_part part = {*whole, 0, 0, 0};
  part.a = (ptrdiff_t)range.begin * whole->a_stride[axis];
  part.b = (ptrdiff_t)range.begin * whole->b_stride[axis];
  part.y = qrt_take_outermost(range, axis, &part.p.space);
  return part;
}
static inline qrt_mul_nd_part qrt_mul_nd_outermost(const qrt_mul_nd *whole,
                                                   qrt_range range) {
  const int32_t axis = qrt_outermost(&whole->space);
  qrt_mul_nd_part part = {*whole, 0, 0, 0};
  part.a = (ptrdiff_t)range.begin * whole->a_stride[axis];
  part.b = (ptrdiff_t)range.begin * whole->b_stride[axis];
  part.y = qrt_take_outermost(range, axis, &part.p.space);
  return part;
}
static inline qrt_copy_part qrt_copy_outermost(const qrt_copy *whole,
                                               qrt_range range) {
  const int32_t axis = qrt_outermost(&whole->space);
  qrt_copy_part part = {*whole};
  part.p.space.size[axis] = qrt_range_size(range);
  part.p.x_offset += range.begin * whole->x_stride[axis];
  part.p.y_offset += range.begin * whole->y_stride[axis];
  return part;
}

/// Elements of a dense tensor; `first` moves x and y. With tables for several
/// channels the range begins with the first channel.
#define QRT_DEFINE_ELEMENTS(NAME)                                              \
  typedef struct NAME##_part {                                                 \
    NAME p;                                                                    \
    ptrdiff_t first;                                                           \
  } NAME##_part;                                                               \
  static inline NAME##_part NAME##_elements(const NAME *whole,                 \
                                            qrt_range elements) {              \
    NAME##_part part = {*whole, elements.begin};                               \
    part.p.count = qrt_range_size(elements);                                   \
    return part;                                                               \
  }
QRT_DEFINE_ELEMENTS(qrt_lut)
QRT_DEFINE_ELEMENTS(qrt_interpolate)
QRT_DEFINE_ELEMENTS(qrt_rescale)
#undef QRT_DEFINE_ELEMENTS

/// Of a border between numbers, in `planes`, and codes.
typedef struct qrt_border_part {
  qrt_border p;
  ptrdiff_t planes, codes;
} qrt_border_part;

/// Elements of the whole batch, where there is one channel.
static inline qrt_border_part qrt_border_elements(const qrt_border *whole,
                                                  qrt_range elements) {
  qrt_border_part part = {*whole, elements.begin, elements.begin};
  part.p.batch = 1;
  part.p.pixels = qrt_range_size(elements);
  return part;
}
static inline qrt_border_part qrt_border_images(const qrt_border *whole,
                                                qrt_range images) {
  qrt_border_part part = {*whole, 0, 0};
  part.p.batch = qrt_range_size(images);
  const ptrdiff_t planes = (ptrdiff_t)images.begin * whole->channels;
  part.codes = planes * whole->pixels;
  part.planes = part.codes + planes * whole->plane_gap;
  return part;
}
/// Pixels of all planes of one image.
static inline qrt_border_part qrt_border_pixels(const qrt_border *whole,
                                                qrt_range pixels) {
  qrt_border_part part = {*whole, pixels.begin,
                          (ptrdiff_t)pixels.begin * whole->channels};
  part.p.pixels = qrt_range_size(pixels);
  part.p.plane_gap += whole->pixels - part.p.pixels;
  return part;
}

#ifdef __cplusplus
}
#endif

#endif // QRT_SPLIT_H
