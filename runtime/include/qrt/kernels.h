// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parameter structs of every kernel family and the scalar reference kernels.
// The reference (`runtime/ref/*.c`) is the meaning of each op, the `scalar`
// target, and the fallback of any op on any target. Kernels emitted for other
// ISAs take the same structs and give the same bytes.
//
// Common rules
//   Activations  int8 or int16 codes, NHWC dense unless strides are given. u8
//                models are shifted by 128 on import. What is written for s8
//                below exists for 16 bits too, at the end of this file.
//   Units        sizes and strides in elements. All counts fit int32; offsets
//                are computed in ptrdiff_t (a tensor may have 2^31 - 1 bytes).
//   Aliasing     `y` may equal an input where a function says "in place";
//                otherwise no overlap.
//   Errors       none at run time: the compiler has checked every size.

#ifndef QRT_KERNELS_H
#define QRT_KERNELS_H

#include "qrt/requantize.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { QRT_MAX_RANK = 6 };

/// Output stage shared by all integer kernels: the zero point and the clamp
/// range of the result, in codes.
typedef struct qrt_output {
  int32_t zero;
  int32_t min;
  int32_t max;
} qrt_output;

/// Sum of two quantized values (spec Q-ADD):
///   acc = (a - a_zero) * a_mul + (b - b_zero) * b_mul        (fits int32)
///   y   = requantize(acc, scale, out)
/// a_mul and b_mul are rne(sa / sy * 2^t), rne(sb / sy * 2^t), at most 2^22 in
/// magnitude (negative for a subtrahend), 2^15 - 1 where an operand has 16-bit
/// codes; scale is 2^-t.
typedef struct qrt_add {
  int32_t a_zero, b_zero;
  int32_t a_mul, b_mul;
  float scale;
  qrt_output out;
} qrt_add;

static inline int32_t qrt_add_codes(const qrt_add *p, int32_t a, int32_t b) {
  const int32_t acc = (a - p->a_zero) * p->a_mul + (b - p->b_zero) * p->b_mul;
  return qrt_requantize(acc, p->scale, p->out.zero, p->out.min, p->out.max);
}

/// 2-D convolution (spec Q-CONV). Also depthwise (groups == in_c) and, with
/// height 1 and kernel 1x1, matrix products with constant weights.
///   x       [batch][in_h][in_w][in_c + x_gap], of which in_c are read
///   filter  [out_c][kernel_h][kernel_w][in_c / groups], s8
///   bias    [out_c] int32, int16 or 24 bits (bias_bits), or NULL
///   mul     [out_c] multipliers (qrt_multiplier)
///   y       [batch][out_h][out_w][out_c + y_gap], of which out_c are written
///   acc = bias + sum (x - in_zero) * (w - filter_zero); padding has x =
///   in_zero y   = requantize(acc, mul[oc], out)
/// With a residual r of y's shape: y = qrt_add_codes(&add, requantized acc, r),
/// the bytes of the separate addition.
typedef struct qrt_conv2d {
  int32_t batch, in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left; // bottom and right follow from the sizes
  int32_t groups;
  int32_t in_zero, filter_zero;
  /// 0: biases are int32; 16: int16; 24: the low 16 bits of all of them, then
  /// the high 8 of all of them.
  int32_t bias_bits;
  /// Elements between the last channel of a pixel and the first of the next, of
  /// x, and of y and the residual: 0 where they are dense, more where the
  /// pixels are wider than this call's channels.
  int32_t x_gap, y_gap;
  qrt_output out;
  qrt_add add; // read only with a residual
} qrt_conv2d;

/// Elements from one pixel to the next.
static inline ptrdiff_t qrt_pixel(int32_t channels, int32_t gap) {
  return (ptrdiff_t)channels + gap;
}
static inline ptrdiff_t qrt_x_pixel(const qrt_conv2d *p) {
  return qrt_pixel(p->in_c, p->x_gap);
}
static inline ptrdiff_t qrt_y_pixel(const qrt_conv2d *p) {
  return qrt_pixel(p->out_c, p->y_gap);
}

/// Bias of output channel `at`.
static inline int32_t qrt_bias(const qrt_conv2d *p, const void *bias,
                               ptrdiff_t at) {
  if (p->bias_bits == 0)
    return ((const int32_t *)bias)[at];
  if (p->bias_bits == 16)
    return ((const int16_t *)bias)[at];
  const int8_t *high = (const int8_t *)bias + 2 * (ptrdiff_t)p->out_c;
  return ((const uint16_t *)bias)[at] + high[at] * 65536;
}

/// In place: `y` may equal `residual`.
void qrt_ref_conv2d_s8(const qrt_conv2d *p, const int8_t *x,
                       const int8_t *filter, const void *bias, const float *mul,
                       const int8_t *residual, int8_t *y);

/// Transposed 2-D convolution (spec Q-CONVT), same struct: input pixel (i, j)
/// adds x * w[oc][kh][kw][ic] to output pixel
///   (i * stride_h - pad_top + kh * dilation_h, j * stride_w - pad_left + ...).
void qrt_ref_conv_transpose2d_s8(const qrt_conv2d *p, const int8_t *x,
                                 const int8_t *filter, const void *bias,
                                 const float *mul, int8_t *y);

/// The same with filters of narrow codes, 4 or 2 bits each. Every output
/// channel begins a byte; the codes of a byte are stored plus 8 (4 bits) or
/// plus 2 (2 bits), the first in the lowest bits. `scratch` has room for
/// qrt_narrow_channels(p) unpacked output channels,
/// kernel_h * kernel_w * in_c / groups bytes each.
void qrt_ref_conv2d_s8w4(const qrt_conv2d *p, const int8_t *x,
                         const int8_t *filter, const void *bias,
                         const float *mul, const int8_t *residual, int8_t *y,
                         uint8_t *scratch);
void qrt_ref_conv2d_s8w2(const qrt_conv2d *p, const int8_t *x,
                         const int8_t *filter, const void *bias,
                         const float *mul, const int8_t *residual, int8_t *y,
                         uint8_t *scratch);
void qrt_ref_conv_transpose2d_s8w4(const qrt_conv2d *p, const int8_t *x,
                                   const int8_t *filter, const void *bias,
                                   const float *mul, int8_t *y,
                                   uint8_t *scratch);
void qrt_ref_conv_transpose2d_s8w2(const qrt_conv2d *p, const int8_t *x,
                                   const int8_t *filter, const void *bias,
                                   const float *mul, int8_t *y,
                                   uint8_t *scratch);

/// The same where `group` neighbouring input channels of a tap share a
/// multiplier (spec T5): w = multiplier * code. In front of the codes of an
/// output channel are its multipliers, one byte each,
/// [kernel_h][kernel_w][in_c / groups / group, rounded up].
void qrt_ref_conv2d_s8w4g(const qrt_conv2d *p, int32_t group, const int8_t *x,
                          const int8_t *filter, const void *bias,
                          const float *mul, const int8_t *residual, int8_t *y,
                          uint8_t *scratch);
void qrt_ref_conv2d_s8w2g(const qrt_conv2d *p, int32_t group, const int8_t *x,
                          const int8_t *filter, const void *bias,
                          const float *mul, const int8_t *residual, int8_t *y,
                          uint8_t *scratch);
void qrt_ref_conv_transpose2d_s8w4g(const qrt_conv2d *p, int32_t group,
                                    const int8_t *x, const int8_t *filter,
                                    const void *bias, const float *mul,
                                    int8_t *y, uint8_t *scratch);
void qrt_ref_conv_transpose2d_s8w2g(const qrt_conv2d *p, int32_t group,
                                    const int8_t *x, const int8_t *filter,
                                    const void *bias, const float *mul,
                                    int8_t *y, uint8_t *scratch);

/// Multipliers of one output channel.
static inline ptrdiff_t qrt_filter_groups(const qrt_conv2d *p, int32_t group) {
  const ptrdiff_t depth = p->in_c / p->groups;
  return (ptrdiff_t)p->kernel_h * p->kernel_w * ((depth + group - 1) / group);
}

/// Unpacked weights that the scalar kernels hold at a time, in bytes: as many
/// output channels as fit, at least one.
enum { QRT_NARROW_BYTES = 2048 };

static inline int32_t qrt_narrow_depthwise(const qrt_conv2d *p) {
  return p->groups > 1 && p->groups == p->in_c && p->out_c == p->in_c;
}

static inline int32_t qrt_narrow_channels(const qrt_conv2d *p) {
  const int64_t size =
      (int64_t)p->kernel_h * p->kernel_w * (p->in_c / p->groups);
  const int32_t span =
      qrt_narrow_depthwise(p) ? p->out_c : p->out_c / p->groups;
  int64_t channels = QRT_NARROW_BYTES / size;
  if (channels > 64) // the accumulators on the stack
    channels = 64;
  if (channels > span)
    channels = span;
  return channels < 1 ? 1 : (int32_t)channels;
}

/// Matrix product of two activations (spec Q-MATMUL), `batch` independent
/// products: a [M][K], b [K][N], y [M][N]; batch strides in elements, 0 for a
/// broadcast operand. acc = sum (a - a_zero) * (b - b_zero).
typedef struct qrt_matmul {
  int32_t batch, m, k, n;
  int32_t a_batch_stride, b_batch_stride;
  int32_t a_zero, b_zero;
  float mul;
  qrt_output out;
} qrt_matmul;

void qrt_ref_matmul_s8(const qrt_matmul *p, const int8_t *a, const int8_t *b,
                       int8_t *y);

/// Iteration space of broadcasting ops and copies: `rank` <= QRT_MAX_RANK
/// sizes, outermost first, and one stride per operand and axis (0 broadcasts).
typedef struct qrt_space {
  int32_t rank;
  int32_t size[QRT_MAX_RANK];
} qrt_space;

/// y = a + b or a - b, NumPy broadcasting by strides; y dense. In place: `y`
/// may equal an operand that is not broadcast.
typedef struct qrt_add_nd {
  qrt_space space;
  int32_t a_stride[QRT_MAX_RANK], b_stride[QRT_MAX_RANK];
  qrt_add add;
} qrt_add_nd;

void qrt_ref_add_s8(const qrt_add_nd *p, const int8_t *a, const int8_t *b,
                    int8_t *y);

/// y = requantize((a - a_zero) * (b - b_zero), mul, out) (spec Q-MUL). In place
/// as qrt_ref_add_s8.
typedef struct qrt_mul_nd {
  qrt_space space;
  int32_t a_stride[QRT_MAX_RANK], b_stride[QRT_MAX_RANK];
  int32_t a_zero, b_zero;
  float mul;
  qrt_output out;
} qrt_mul_nd;

void qrt_ref_mul_s8(const qrt_mul_nd *p, const int8_t *a, const int8_t *b,
                    int8_t *y);

/// y[i] = table[(uint8_t)(x[i] + 128)] (spec Q-LUT): every unary function and
/// every requantization of 8-bit codes. `channels` == 1: one table of 256; else
/// one table per channel of the last axis, [channels][256]. In place.
typedef struct qrt_lut {
  int32_t count; // elements
  int32_t channels;
} qrt_lut;

void qrt_ref_lut_s8(const qrt_lut *p, const int8_t *x, const int8_t *table,
                    int8_t *y);

/// A unary function of 16-bit codes (spec Q-LUT16): a line between two of 513
/// int32 entries, which are in 1/128 of a code of y:
///   i = x + (256 << shift);  f = i & (2^shift - 1);  e = table + (i >> shift)
///   y = requantize(e[0] * (2^shift - f) + e[1] * f, 2^-(7 + shift), out)
/// x lies in [-(256 << shift), (256 << shift) - 1], shift is at most 7, entries
/// at most 2^23 in magnitude. `channels` as for qrt_lut, [channels][513].
typedef struct qrt_interpolate {
  int32_t count; // elements
  int32_t channels;
  int32_t shift;
  qrt_output out;
} qrt_interpolate;

/// y[i] = requantize(x[i], mul, out) (spec Q-REQ of 16-bit codes, whose zero
/// point is 0).
typedef struct qrt_rescale {
  int32_t count;
  float mul;
  qrt_output out;
} qrt_rescale;

/// Pooling window, NHWC: x [batch][in_h][in_w][channels + x_gap], of which
/// `channels` are read; y alike.
typedef struct qrt_pool2d {
  int32_t batch, in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t x_gap, y_gap; // as those of qrt_conv2d
  // avg_pool only:
  int32_t in_zero;
  float in_scale, out_scale; // M = in_scale / f32(out_scale * count)
  /// Rows and columns (from the first, in padded coordinates) that count as
  /// divisor: with count_include_pad the padded size, else unused. ONNX leaves
  /// the overhang of ceil_mode out of the count.
  int32_t count_include_pad, padded_h, padded_w;
  qrt_output out;
} qrt_pool2d;

/// Largest code of the window; padding never wins (spec Q-MAXPOOL). Of `out`
/// the 16-bit kernel reads `min`.
void qrt_ref_max_pool2d_s8(const qrt_pool2d *p, const int8_t *x, int8_t *y);

/// requantize(sum (x - in_zero), in_scale / f32(out_scale * count), out)
/// (spec Q-AVGPOOL).
void qrt_ref_avg_pool2d_s8(const qrt_pool2d *p, const int8_t *x, int8_t *y);

/// Reductions over some axes, generic. `outer` are the kept axes (y dense in
/// their order), `inner` the reduced ones; strides of x for both.
typedef struct qrt_reduce {
  qrt_space outer, inner;
  int32_t outer_stride[QRT_MAX_RANK], inner_stride[QRT_MAX_RANK];
  int32_t in_zero;
  float mul; // mean: sx / f32(sy * count); sum: sx / sy; unused by max, argmax
  qrt_output out;
} qrt_reduce;

void qrt_ref_reduce_sum_s8(const qrt_reduce *p, const int8_t *x, int8_t *y);
void qrt_ref_reduce_max_s8(const qrt_reduce *p, const int8_t *x, int8_t *y);

/// Index of the largest element along one axis (inner rank 1); the first one
/// on ties, or the last with `select_last`. Integers are exact: s8 codes order
/// as their values do.
void qrt_ref_arg_max_s8(const qrt_reduce *p, int32_t select_last,
                        const int8_t *x, int64_t *y);

/// Strided copy: concat, slice, transpose, split, the body of pad. Element
/// size 1, 2, 4 or 8 bytes; strides and offsets in elements, negative allowed.
typedef struct qrt_copy {
  qrt_space space;
  int32_t x_stride[QRT_MAX_RANK], y_stride[QRT_MAX_RANK];
  int32_t x_offset, y_offset;
  int32_t element_bytes;
} qrt_copy;

void qrt_ref_copy(const qrt_copy *p, const void *x, void *y);

/// Fills `count` elements with one code (constant padding before the copy).
void qrt_ref_fill_s8(int32_t count, int32_t code, int8_t *y);

/// Resize, NHWC, pixels of x and y as those of a pooling. Nearest:
/// y[.., i, j, c] = x[.., row[i], col[j], c]; codes are copied. `row`, `col`
/// are computed by the compiler.
typedef struct qrt_resize2d {
  int32_t batch, in_h, in_w, channels;
  int32_t out_h, out_w;
  int32_t x_gap, y_gap;
  int32_t in_zero;
  float mul; // bilinear: (sx / sy) * 2^-22
  qrt_output out;
} qrt_resize2d;

void qrt_ref_resize_nearest_s8(const qrt_resize2d *p, const int32_t *row,
                               const int32_t *col, const int8_t *x, int8_t *y);

/// Bilinear with 11-bit integer weights (spec Q-RESIZE): row[i] and row[i]+1
/// (clamped to the last row) are mixed with (2048 - row_weight[i]) and
/// row_weight[i]; columns alike; acc = sum (x - in_zero) * wr * wc.
void qrt_ref_resize_bilinear_s8(const qrt_resize2d *p, const int32_t *row,
                                const int32_t *row_weight, const int32_t *col,
                                const int32_t *col_weight, const int8_t *x,
                                int8_t *y);

/// Border between real numbers and codes, spec A5 and A6, and between planes
/// outside and pixels inside:
///   quantize    x [batch][channels][pixels] -> y [batch][pixels][channels]
///   dequantize  x [batch][pixels][channels] -> y [batch][channels][pixels]
/// Planes lie pixels + plane_gap elements apart. One channel: elementwise, for
/// any layout.
typedef struct qrt_border {
  int32_t batch, channels, pixels;
  float scale;
  qrt_output out; // quantize: zero, min, max; dequantize: zero only
  int32_t plane_gap;
} qrt_border;

void qrt_ref_quantize_f32_s8(const qrt_border *p, const float *x, int8_t *y);
void qrt_ref_dequantize_s8_f32(const qrt_border *p, const int8_t *x, float *y);

/// Float islands: rows of `length` elements, `stride` apart within a row.
/// Deterministic: plain float operations in a fixed order, own exp, compiled
/// with -ffp-contract=off, so that every target gives the same bits.
typedef struct qrt_rows {
  int32_t outer, length, inner; // x[outer][length][inner], reduced over length
  float epsilon;                // layer_norm
} qrt_rows;

void qrt_ref_softmax_f32(const qrt_rows *p, const float *x, float *y);

/// y = (x - mean) / sqrt(var + epsilon) * scale + bias over `length` (inner is
/// 1); scale and bias have `length` elements, bias may be NULL.
void qrt_ref_layer_norm_f32(const qrt_rows *p, const float *x,
                            const float *scale, const float *bias, float *y);

/// Layers kept float. What each function computes is stated operation by
/// operation in spec section 7, so that every compiler and target gives the
/// same bits. f32, NHWC dense; min and max clamp the result, infinities leave a
/// side open; arrays that are absent are NULL.

/// 2-D convolution, also depthwise and, with height 1 and kernel 1x1, matrix
/// products with a filter (spec Q-FCONV).
///   x       [batch][in_h][in_w][in_c]
///   filter  [out_c][kernel_h][kernel_w][in_c / groups]
///   bias    [out_c], or NULL
///   y       [batch][out_h][out_w][out_c]
typedef struct qrt_conv2d_f32 {
  int32_t batch, in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t kernel_h, kernel_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_top, pad_left;
  int32_t groups;
  float min, max;
} qrt_conv2d_f32;

void qrt_ref_conv2d_f32(const qrt_conv2d_f32 *p, const float *x,
                        const float *filter, const float *bias, float *y);
/// As qrt_ref_conv_transpose2d_s8.
void qrt_ref_conv_transpose2d_f32(const qrt_conv2d_f32 *p, const float *x,
                                  const float *filter, const float *bias,
                                  float *y);

/// Matrix products a [m][k], b [k][n], y [m][n] over a space of batches;
/// strides in elements, 0 broadcasts (spec Q-FMATMUL).
typedef struct qrt_matmul_f32 {
  qrt_space batch;
  int32_t a_stride[QRT_MAX_RANK], b_stride[QRT_MAX_RANK];
  int32_t m, k, n;
} qrt_matmul_f32;

void qrt_ref_matmul_f32(const qrt_matmul_f32 *p, const float *a, const float *b,
                        float *y);

/// NumPy broadcasting by strides; y dense (spec Q-FBINARY). In place: `y` may
/// equal an operand that is not broadcast.
typedef struct qrt_binary_f32 {
  qrt_space space;
  int32_t a_stride[QRT_MAX_RANK], b_stride[QRT_MAX_RANK];
  float min, max;
} qrt_binary_f32;

void qrt_ref_add_f32(const qrt_binary_f32 *p, const float *a, const float *b,
                     float *y);
void qrt_ref_sub_f32(const qrt_binary_f32 *p, const float *a, const float *b,
                     float *y);
void qrt_ref_mul_f32(const qrt_binary_f32 *p, const float *a, const float *b,
                     float *y);

/// y[i] = f(x[i]) (spec Q-FUNARY). In place.
typedef struct qrt_unary_f32 {
  int32_t count;
  int32_t channels;  // prelu: slopes, a divisor of count; others 1
  float alpha, beta; // clip: min, max; leaky_relu, hard_sigmoid: theirs
} qrt_unary_f32;

void qrt_ref_clip_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_leaky_relu_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_sigmoid_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_tanh_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_hard_sigmoid_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_hard_swish_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_silu_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_gelu_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_gelu_tanh_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_erf_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_exp_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_sqrt_f32(const qrt_unary_f32 *p, const float *x, float *y);
void qrt_ref_abs_f32(const qrt_unary_f32 *p, const float *x, float *y);
/// slope [channels].
void qrt_ref_prelu_f32(const qrt_unary_f32 *p, const float *x,
                       const float *slope, float *y);

/// Quantization fields of the structs are not read (spec Q-FPOOL, Q-FREDUCE).
void qrt_ref_avg_pool2d_f32(const qrt_pool2d *p, const float *x, float *y);
void qrt_ref_max_pool2d_f32(const qrt_pool2d *p, const float *x, float *y);
void qrt_ref_reduce_sum_f32(const qrt_reduce *p, const float *x, float *y);
void qrt_ref_reduce_mean_f32(const qrt_reduce *p, const float *x, float *y);
void qrt_ref_reduce_max_f32(const qrt_reduce *p, const float *x, float *y);

/// As the s8 functions, with weights in [0, 1] instead of 1/2048 (spec
/// Q-FRESIZE).
void qrt_ref_resize_nearest_f32(const qrt_resize2d *p, const int32_t *row,
                                const int32_t *col, const float *x, float *y);
void qrt_ref_resize_bilinear_f32(const qrt_resize2d *p, const int32_t *row,
                                 const float *row_weight, const int32_t *col,
                                 const float *col_weight, const float *x,
                                 float *y);

/// Freestanding exp: relative error below 2^-22 on [-87, 88], 0 below, the
/// largest finite float above.
float qrt_expf(float x);

// 16-bit codes. A suffix names the widths that a kernel reads and writes: _s16,
// or one width for each operand and one for the result. Zero points of 16-bit
// codes are 0; the residual of a convolution and the code that it is added to
// have the width of its result.
// Sums are int32 and must not wrap: the compiler proves it from the storage
// range of the codes, which may be narrower than 16 bits (spec Q-WRAP). A
// bilinear resize of 16-bit codes sums in int64.

#define QRT_DECLARE_BINARY(NAME, A, B, Y)                                      \
  void qrt_ref_add_##NAME(const qrt_add_nd *p, const A *a, const B *b, Y *y);  \
  void qrt_ref_mul_##NAME(const qrt_mul_nd *p, const A *a, const B *b, Y *y);  \
  void qrt_ref_matmul_##NAME(const qrt_matmul *p, const A *a, const B *b, Y *y);
QRT_DECLARE_BINARY(s16, int16_t, int16_t, int16_t)
QRT_DECLARE_BINARY(s8_s8_s16, int8_t, int8_t, int16_t)
QRT_DECLARE_BINARY(s8_s16_s8, int8_t, int16_t, int8_t)
QRT_DECLARE_BINARY(s8_s16_s16, int8_t, int16_t, int16_t)
QRT_DECLARE_BINARY(s16_s8_s8, int16_t, int8_t, int8_t)
QRT_DECLARE_BINARY(s16_s8_s16, int16_t, int8_t, int16_t)
QRT_DECLARE_BINARY(s16_s16_s8, int16_t, int16_t, int8_t)
#undef QRT_DECLARE_BINARY

#define QRT_DECLARE_UNARY(NAME, X, Y)                                          \
  void qrt_ref_conv2d_##NAME(const qrt_conv2d *p, const X *x,                  \
                             const int8_t *filter, const void *bias,           \
                             const float *mul, const Y *residual, Y *y);       \
  void qrt_ref_conv_transpose2d_##NAME(const qrt_conv2d *p, const X *x,        \
                                       const int8_t *filter, const void *bias, \
                                       const float *mul, Y *y);                \
  void qrt_ref_avg_pool2d_##NAME(const qrt_pool2d *p, const X *x, Y *y);       \
  void qrt_ref_reduce_sum_##NAME(const qrt_reduce *p, const X *x, Y *y);       \
  void qrt_ref_resize_bilinear_##NAME(                                         \
      const qrt_resize2d *p, const int32_t *row, const int32_t *row_weight,    \
      const int32_t *col, const int32_t *col_weight, const X *x, Y *y);
QRT_DECLARE_UNARY(s16, int16_t, int16_t)
QRT_DECLARE_UNARY(s8_s16, int8_t, int16_t)
QRT_DECLARE_UNARY(s16_s8, int16_t, int8_t)
#undef QRT_DECLARE_UNARY

void qrt_ref_lut_s8_s16(const qrt_lut *p, const int8_t *x, const int16_t *table,
                        int16_t *y);
void qrt_ref_interpolate_s16(const qrt_interpolate *p, const int16_t *x,
                             const int32_t *table, int16_t *y);
void qrt_ref_interpolate_s16_s8(const qrt_interpolate *p, const int16_t *x,
                                const int32_t *table, int8_t *y);
void qrt_ref_requantize_s16(const qrt_rescale *p, const int16_t *x, int16_t *y);
void qrt_ref_requantize_s16_s8(const qrt_rescale *p, const int16_t *x,
                               int8_t *y);
void qrt_ref_max_pool2d_s16(const qrt_pool2d *p, const int16_t *x, int16_t *y);
void qrt_ref_reduce_max_s16(const qrt_reduce *p, const int16_t *x, int16_t *y);
void qrt_ref_arg_max_s16(const qrt_reduce *p, int32_t select_last,
                         const int16_t *x, int64_t *y);
void qrt_ref_fill_s16(int32_t count, int32_t code, int16_t *y);
void qrt_ref_resize_nearest_s16(const qrt_resize2d *p, const int32_t *row,
                                const int32_t *col, const int16_t *x,
                                int16_t *y);
void qrt_ref_quantize_f32_s16(const qrt_border *p, const float *x, int16_t *y);
void qrt_ref_dequantize_s16_f32(const qrt_border *p, const int16_t *x,
                                float *y);

#ifdef __cplusplus
}
#endif

#endif // QRT_KERNELS_H
