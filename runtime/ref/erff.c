// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// erf(x), odd, own polynomials interpolated at Chebyshev nodes and qrt_expf:
//
//   |x| < 1   x p(x^2), p of degree 6, within 2^-29 relative
//   else      1 - exp(-x^2) q(s), s = 1 / (1 + |x| / 2), q of degree 5, within
//             2^-26 absolute on [1, 4]; behind that the exponential is nothing

#include "qrt/kernels.h"

#include "float_math.h"

float qrt_erff(float x) {
  const uint32_t sign = qrt_float_bits(x) & 0x80000000u;
  const float a = qrt_bits_float(qrt_float_bits(x) ^ sign);
  const float t = x * x;
  if (a < 1.0f) {
    float p = 0x1.4a569p-14f;
    p = p * t + -0x1.a45088p-11f;
    p = p * t + 0x1.541270p-8f;
    p = p * t + -0x1.b7fabap-6f;
    p = p * t + 0x1.ce2d10p-4f;
    p = p * t + -0x1.81273ep-2f;
    p = p * t + 0x1.20dd74p+0f;
    return x * p;
  }
  const float s = 1.0f / (1.0f + 0.5f * a);
  float q = -0x1.c017fap-3f;
  q = q * s + 0x1.357d5ep-1f;
  q = q * s + -0x1.ee74bp-6f;
  q = q * s + 0x1.83cceep-2f;
  q = q * s + 0x1.0ec75cp-2f;
  q = q * s + 0x1.5d23c4p-10f;
  const float complement = qrt_expf(-t) * q;
  const float value = 1.0f - complement;
  return qrt_bits_float(qrt_float_bits(value) | sign);
}
