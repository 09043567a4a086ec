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

#ifndef QRT_SPLIT_H
#define QRT_SPLIT_H

#include "qrt/kernels.h"
#include "qrt/range.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Of a convolution (not a transposed one). `y` moves the residual too,
/// `channel` bias and multipliers.
typedef struct qrt_conv2d_part {
  qrt_conv2d p;
  ptrdiff_t x, filter, channel, y;
} qrt_conv2d_part;

/// Images of the batch.
qrt_conv2d_part qrt_conv2d_images(const qrt_conv2d *whole, qrt_range images);

/// Output rows, where the batch is 1 and the window of the last row begins
/// above the end of the input. Padding above is never negative: what a part
/// leaves out, `x` skips. The part's input ends where its last window does.
qrt_conv2d_part qrt_conv2d_rows(const qrt_conv2d *whole, qrt_range rows);

/// Pixels of the whole batch, of a kernel of 1x1 with stride 1 and without
/// padding: a part is one row.
qrt_conv2d_part qrt_conv2d_pixels(const qrt_conv2d *whole, qrt_range pixels);

/// Output channels, of depthwise filters or where groups are 1; biases have 16
/// or 32 bits. The range begins where a block of the packed filter does;
/// `column` is the bytes of an output channel there.
qrt_conv2d_part qrt_conv2d_channels(const qrt_conv2d *whole, qrt_range channels,
                                    int32_t column);

/// Of a pooling, as those of a convolution.
typedef struct qrt_pool2d_part {
  qrt_pool2d p;
  ptrdiff_t x, y;
} qrt_pool2d_part;

qrt_pool2d_part qrt_pool2d_images(const qrt_pool2d *whole, qrt_range images);
qrt_pool2d_part qrt_pool2d_rows(const qrt_pool2d *whole, qrt_range rows);

/// Output rows of a resize with batch 1. `row` moves the tables of rows.
typedef struct qrt_resize2d_part {
  qrt_resize2d p;
  ptrdiff_t row, y;
} qrt_resize2d_part;

qrt_resize2d_part qrt_resize2d_rows(const qrt_resize2d *whole, qrt_range rows);

/// The outermost axis with more than one element; the rank if there is none.
int32_t qrt_outermost(const qrt_space *space);

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

qrt_add_nd_part qrt_add_nd_outermost(const qrt_add_nd *whole, qrt_range range);
qrt_mul_nd_part qrt_mul_nd_outermost(const qrt_mul_nd *whole, qrt_range range);
qrt_copy_part qrt_copy_outermost(const qrt_copy *whole, qrt_range range);

/// Elements of a dense tensor; `first` moves x and y. With tables for several
/// channels the range begins with the first channel.
#define QRT_DECLARE_ELEMENTS(NAME)                                             \
  typedef struct NAME##_part {                                                 \
    NAME p;                                                                    \
    ptrdiff_t first;                                                           \
  } NAME##_part;                                                               \
  NAME##_part NAME##_elements(const NAME *whole, qrt_range elements);
QRT_DECLARE_ELEMENTS(qrt_lut)
QRT_DECLARE_ELEMENTS(qrt_interpolate)
QRT_DECLARE_ELEMENTS(qrt_rescale)
#undef QRT_DECLARE_ELEMENTS

/// Of a border between numbers, in `planes`, and codes.
typedef struct qrt_border_part {
  qrt_border p;
  ptrdiff_t planes, codes;
} qrt_border_part;

/// Elements of the whole batch, where there is one channel.
qrt_border_part qrt_border_elements(const qrt_border *whole,
                                    qrt_range elements);
qrt_border_part qrt_border_images(const qrt_border *whole, qrt_range images);
/// Pixels of all planes of one image.
qrt_border_part qrt_border_pixels(const qrt_border *whole, qrt_range pixels);

#ifdef __cplusplus
}
#endif

#endif // QRT_SPLIT_H
