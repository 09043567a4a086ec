// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of calls. All of it is moving where a problem begins.

#include "qrt/split.h"

static int32_t size_of(qrt_range range) { return range.end - range.begin; }

// Takes a range of output rows, whose windows have `window` rows. Of the input
// remain the rows from the first window to the end of the last. Returns how
// many the part skips: those above.
static int32_t take_rows(qrt_range rows, int32_t stride, int32_t window,
                         int32_t *pad_top, int32_t *in_h, int32_t *out_h) {
  const int32_t top = rows.begin * stride - *pad_top;
  const int32_t skipped = top > 0 ? top : 0;
  const int32_t end = top + (size_of(rows) - 1) * stride + window;
  if (end > skipped && end < *in_h)
    *in_h = end;
  *pad_top = skipped - top;
  *in_h -= skipped;
  *out_h = size_of(rows);
  return skipped;
}

qrt_conv2d_part qrt_conv2d_images(const qrt_conv2d *whole, qrt_range images) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  part.p.batch = size_of(images);
  part.x =
      (ptrdiff_t)images.begin * whole->in_h * whole->in_w * qrt_x_pixel(whole);
  part.y = (ptrdiff_t)images.begin * whole->out_h * whole->out_w *
           qrt_y_pixel(whole);
  return part;
}

qrt_conv2d_part qrt_conv2d_rows(const qrt_conv2d *whole, qrt_range rows) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  const int32_t skipped = take_rows(
      rows, whole->stride_h, (whole->kernel_h - 1) * whole->dilation_h + 1,
      &part.p.pad_top, &part.p.in_h, &part.p.out_h);
  part.x = (ptrdiff_t)skipped * whole->in_w * qrt_x_pixel(whole);
  part.y = (ptrdiff_t)rows.begin * whole->out_w * qrt_y_pixel(whole);
  return part;
}

qrt_conv2d_part qrt_conv2d_pixels(const qrt_conv2d *whole, qrt_range pixels) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  part.p.batch = part.p.in_h = part.p.out_h = 1;
  part.p.in_w = part.p.out_w = size_of(pixels);
  part.x = (ptrdiff_t)pixels.begin * qrt_x_pixel(whole);
  part.y = (ptrdiff_t)pixels.begin * qrt_y_pixel(whole);
  return part;
}

qrt_conv2d_part qrt_conv2d_channels(const qrt_conv2d *whole, qrt_range channels,
                                    int32_t column) {
  qrt_conv2d_part part = {*whole, 0, 0, 0, 0};
  const int32_t others = whole->out_c - size_of(channels);
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

qrt_pool2d_part qrt_pool2d_images(const qrt_pool2d *whole, qrt_range images) {
  qrt_pool2d_part part = {*whole, 0, 0};
  part.p.batch = size_of(images);
  part.x =
      (ptrdiff_t)images.begin * whole->in_h * whole->in_w * whole->channels;
  part.y =
      (ptrdiff_t)images.begin * whole->out_h * whole->out_w * whole->channels;
  return part;
}

qrt_pool2d_part qrt_pool2d_rows(const qrt_pool2d *whole, qrt_range rows) {
  qrt_pool2d_part part = {*whole, 0, 0};
  const int32_t skipped = take_rows(
      rows, whole->stride_h, (whole->kernel_h - 1) * whole->dilation_h + 1,
      &part.p.pad_top, &part.p.in_h, &part.p.out_h);
  // Counted from the first padded row of the first window.
  part.p.padded_h -= rows.begin * whole->stride_h;
  part.x = (ptrdiff_t)skipped * whole->in_w * whole->channels;
  part.y = (ptrdiff_t)rows.begin * whole->out_w * whole->channels;
  return part;
}

qrt_resize2d_part qrt_resize2d_rows(const qrt_resize2d *whole, qrt_range rows) {
  qrt_resize2d_part part = {*whole, rows.begin, 0};
  part.p.out_h = size_of(rows);
  part.y = (ptrdiff_t)rows.begin * whole->out_w * whole->channels;
  return part;
}

int32_t qrt_outermost(const qrt_space *space) {
  int32_t axis = 0;
  while (axis < space->rank && space->size[axis] == 1)
    ++axis;
  return axis;
}

// Takes a range of an axis that has only axes of one element around it.
// Returns the elements of a dense tensor in front of the range.
static ptrdiff_t take_outermost(qrt_range range, int32_t axis,
                                qrt_space *space) {
  ptrdiff_t first = range.begin;
  for (int32_t inner = axis + 1; inner < space->rank; ++inner)
    first *= space->size[inner];
  space->size[axis] = size_of(range);
  return first;
}

qrt_add_nd_part qrt_add_nd_outermost(const qrt_add_nd *whole, qrt_range range) {
  const int32_t axis = qrt_outermost(&whole->space);
  qrt_add_nd_part part = {*whole, 0, 0, 0};
  part.a = (ptrdiff_t)range.begin * whole->a_stride[axis];
  part.b = (ptrdiff_t)range.begin * whole->b_stride[axis];
  part.y = take_outermost(range, axis, &part.p.space);
  return part;
}

qrt_mul_nd_part qrt_mul_nd_outermost(const qrt_mul_nd *whole, qrt_range range) {
  const int32_t axis = qrt_outermost(&whole->space);
  qrt_mul_nd_part part = {*whole, 0, 0, 0};
  part.a = (ptrdiff_t)range.begin * whole->a_stride[axis];
  part.b = (ptrdiff_t)range.begin * whole->b_stride[axis];
  part.y = take_outermost(range, axis, &part.p.space);
  return part;
}

qrt_copy_part qrt_copy_outermost(const qrt_copy *whole, qrt_range range) {
  const int32_t axis = qrt_outermost(&whole->space);
  qrt_copy_part part = {*whole};
  part.p.space.size[axis] = size_of(range);
  part.p.x_offset += range.begin * whole->x_stride[axis];
  part.p.y_offset += range.begin * whole->y_stride[axis];
  return part;
}

#define QRT_DEFINE_ELEMENTS(NAME)                                              \
  NAME##_part NAME##_elements(const NAME *whole, qrt_range elements) {         \
    NAME##_part part = {*whole, elements.begin};                               \
    part.p.count = size_of(elements);                                          \
    return part;                                                               \
  }
QRT_DEFINE_ELEMENTS(qrt_lut)
QRT_DEFINE_ELEMENTS(qrt_interpolate)
QRT_DEFINE_ELEMENTS(qrt_rescale)
#undef QRT_DEFINE_ELEMENTS

qrt_border_part qrt_border_elements(const qrt_border *whole,
                                    qrt_range elements) {
  qrt_border_part part = {*whole, elements.begin, elements.begin};
  part.p.batch = 1;
  part.p.pixels = size_of(elements);
  return part;
}

qrt_border_part qrt_border_images(const qrt_border *whole, qrt_range images) {
  qrt_border_part part = {*whole, 0, 0};
  part.p.batch = size_of(images);
  const ptrdiff_t planes = (ptrdiff_t)images.begin * whole->channels;
  part.codes = planes * whole->pixels;
  part.planes = part.codes + planes * whole->plane_gap;
  return part;
}

qrt_border_part qrt_border_pixels(const qrt_border *whole, qrt_range pixels) {
  qrt_border_part part = {*whole, pixels.begin,
                          (ptrdiff_t)pixels.begin * whole->channels};
  part.p.pixels = size_of(pixels);
  part.p.plane_gap += whole->pixels - part.p.pixels;
  return part;
}
