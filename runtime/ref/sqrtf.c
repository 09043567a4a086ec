// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Square root by integers, digit by digit: targets without the instruction give
// the same bits as those with it. Runs once a row of a layer norm.

#include "float_math.h"

float qrt_sqrtf(float x) {
  const uint32_t bits = qrt_float_bits(x);
  if (x < 0x1p-126f)
    return 0.0f;
  if ((bits & 0x7F800000u) == 0x7F800000u)
    return x; // infinity, NaN
  // x = mantissa * 2^exponent, the mantissa in [2^48, 2^50) and the exponent
  // even, so that the root has 25 bits: 24 and one to round by.
  int32_t exponent = (int32_t)(bits >> 23) - 150;
  uint64_t rest = (bits & 0x007FFFFFu) | 0x00800000u;
  if (exponent % 2 == 0) {
    rest <<= 1;
    exponent -= 1;
  }
  rest <<= 25;
  exponent -= 25;
  uint64_t root = 0;
  for (uint64_t bit = UINT64_C(1) << 48; bit != 0; bit >>= 2) {
    const uint64_t trial = root + bit;
    root >>= 1;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  // Half-way cases do not exist: an odd root has an odd square, and the
  // mantissa is even. So the last bit alone says which way to round.
  const uint32_t rounded = (uint32_t)((root + 1) >> 1); // [2^23, 2^24)
  const uint32_t biased = (uint32_t)(exponent / 2 + 1 + 150);
  return qrt_bits_float((biased << 23) | (rounded & 0x007FFFFFu));
}
