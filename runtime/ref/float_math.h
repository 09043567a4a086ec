// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float functions without libm, the same bits on every target: IEEE additions,
// multiplications and divisions in a stated order, integers for the rest.

#ifndef QRT_REF_FLOAT_MATH_H
#define QRT_REF_FLOAT_MATH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bits of a float and back; the compiler makes moves of these.
static inline uint32_t qrt_float_bits(float x) {
  union {
    float f;
    uint32_t u;
  } v;
  v.f = x;
  return v.u;
}

static inline float qrt_bits_float(uint32_t bits) {
  union {
    uint32_t u;
    float f;
  } v;
  v.u = bits;
  return v.f;
}

/// Sums of rows are taken in this many lanes, element i into lane
/// i % QRT_SUM_LANES, and the lanes are then added in halves (0 + 4, 1 + 5,
/// ...; 0 + 2, 1 + 3; 0 + 1). A vector kernel gives the same bits, and long
/// rows lose less than in a single chain.
enum { QRT_SUM_LANES = 8 };

static inline float qrt_sum_lanes(const float *lane) {
  const float a = lane[0] + lane[4], b = lane[1] + lane[5];
  const float c = lane[2] + lane[6], d = lane[3] + lane[7];
  return (a + c) + (b + d);
}

/// min(max(x, low), high); a NaN passes.
static inline float qrt_clampf(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/// Correctly rounded square root (the result of the IEEE instruction) of a
/// finite x >= 0; 0 for anything below the smallest normal number.
float qrt_sqrtf(float x);

/// tanh and erf, odd (also of -0); relative error below 2^-22.
float qrt_tanhf(float x);
float qrt_erff(float x);

#ifdef __cplusplus
}
#endif

#endif // QRT_REF_FLOAT_MATH_H
