// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// exp(x) = 2^n * exp(r), n = rne(x / ln 2), |r| <= ln(2) / 2.
//
// exp(r) = 1 + r + r^2 q(r) with q of degree 4, interpolated at Chebyshev nodes
// of that interval; the polynomial is within 2^-26 relative, the rest of the
// error is rounding. n * ln2_high is exact (9 bits times 8), so r
// loses nothing to cancellation.

#include "qrt/kernels.h"

#include "float_math.h"

float qrt_expf(float x) {
  const float ln2_high = 0x1.63p-1f;      // 0.693359375
  const float ln2_low = -0x1.bd0106p-13f; // ln 2 - ln2_high
  const float log2_e = 0x1.715476p+0f;
  if (x != x)
    return x;
  if (x < -87.0f)
    return 0.0f;
  if (x > 88.0f)
    return 0x1.fffffep+127f;
  const int32_t n = qrt_rne(x * log2_e);
  const float scale = (float)n;
  const float reduced = x - scale * ln2_high;
  const float r = reduced - scale * ln2_low;
  float q = 0x1.6d117cp-10f;
  q = q * r + 0x1.120be2p-7f;
  q = q * r + 0x1.555518p-5f;
  q = q * r + 0x1.5554dcp-3f;
  q = q * r + 0.5f;
  const float square = r * r;
  const float tail = q * square;
  const float sum = r + tail;
  const float value = 1.0f + sum;
  // value is in [0.7, 1.42] and n in [-126, 127]: the product is normal.
  return value * qrt_bits_float((uint32_t)(n + 127) << 23);
}
