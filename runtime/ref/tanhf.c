// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tanh(x), odd, own polynomial and qrt_expf:
//
//   |x| < 0.625   |x| + |x|^3 q(x^2), q of degree 4 at Chebyshev nodes, within
//                 2^-25 relative
//   else          1 - 2 / (exp(2 |x|) + 1), which loses nothing there

#include "qrt/kernels.h"

#include "float_math.h"

float qrt_tanhf(float x) {
  const uint32_t sign = qrt_float_bits(x) & 0x80000000u;
  const float a = qrt_bits_float(qrt_float_bits(x) ^ sign);
  if (a < 0.625f) {
    const float t = a * a;
    float q = -0x1.8f8de4p-8f;
    q = q * t + 0x1.58048ep-6f;
    q = q * t + -0x1.b9258ap-5f;
    q = q * t + 0x1.110e1cp-3f;
    q = q * t + -0x1.555552p-2f;
    const float cube = a * t;
    const float tail = cube * q;
    return qrt_bits_float(qrt_float_bits(a + tail) | sign);
  }
  const float e = qrt_expf(2.0f * a);
  const float quotient = 2.0f / (e + 1.0f);
  const float value = 1.0f - quotient;
  return qrt_bits_float(qrt_float_bits(value) | sign);
}
