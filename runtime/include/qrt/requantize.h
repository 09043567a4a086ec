// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic contract `f32_rne`, in one place: folders, interpreters,
// reference kernels and emitted code all call these functions (docs/spec.md, A1
// to A6). C11 and C++17, freestanding, no libm.
//
// Needs round-to-nearest mode (the default), IEEE float evaluated in float
// (FLT_EVAL_METHOD 0) and no -ffast-math. No function here computes a*b+c in
// float, so FMA contraction cannot change a bit.

#ifndef QRT_REQUANTIZE_H
#define QRT_REQUANTIZE_H

#include <stdint.h>

#if defined(__FAST_MATH__)
#error "qrt needs IEEE arithmetic: do not compile with -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "qrt needs float evaluated in float: use SSE, not x87 (-mfpmath=sse)"
#endif

/// A1. Nearest integer, ties to even, of a float with |p| <= 2^22.
/// Adding 1.5 * 2^23 leaves no fraction bits, so the addition itself rounds.
static inline int32_t qrt_rne(float p) {
  const float magic = 12582912.0f;
  return (int32_t)((p + magic) - magic);
}

/// A2. Clamp in float, round, add the zero point in integer:
/// clamp(rne(p) + zero, lo, hi). Clamping first is the same, because lo - zero
/// and hi - zero are integers, and keeps qrt_rne inside its range.
static inline int32_t qrt_round_to_code(float p, int32_t zero, int32_t lo,
                                        int32_t hi) {
  const float low = (float)(lo - zero);
  const float high = (float)(hi - zero);
  p = p < low ? low : p;
  p = p > high ? high : p;
  return qrt_rne(p) + zero;
}

/// A3. Requantize an int32 accumulator: clamp(rne((float)acc * mul) + zero).
/// The conversion of acc rounds to nearest even above 2^24.
static inline int32_t qrt_requantize(int32_t acc, float mul, int32_t zero,
                                     int32_t lo, int32_t hi) {
  return qrt_round_to_code((float)acc * mul, zero, lo, hi);
}

/// A4. Multiplier of a product of scales, f32(f32(sx * sw) / sy). The order of
/// the two roundings is observable; onnxruntime's QLinearConv uses it too.
static inline float qrt_multiplier(float sx, float sw, float sy) {
  const float product = sx * sw;
  return product / sy;
}

/// A5. Quantize a real number: clamp(rne(x / scale) + zero). A division, not a
/// multiplication by 1/scale (they differ). NaN gives the code of 0.
static inline int32_t qrt_quantize(float x, float scale, int32_t zero,
                                   int32_t lo, int32_t hi) {
  const float p = x / scale;
  return qrt_round_to_code(p == p ? p : 0.0f, zero, lo, hi);
}

/// A6. Dequantize: (code - zero) * scale, one float rounding.
static inline float qrt_dequantize(int32_t code, int32_t zero, float scale) {
  return (float)(code - zero) * scale;
}

#endif // QRT_REQUANTIZE_H
