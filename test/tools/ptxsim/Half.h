// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// IEEE binary16 on hosts without it.

#ifndef TEST_TOOLS_PTXSIM_HALF_H
#define TEST_TOOLS_PTXSIM_HALF_H

#include <bit>
#include <cmath>
#include <cstdint>

namespace ptxsim {

struct Half {
  uint16_t bits = 0;
};

inline float toFloat(Half half) {
  const uint32_t sign = uint32_t(half.bits & 0x8000) << 16;
  const uint32_t exponent = half.bits >> 10 & 31, mantissa = half.bits & 1023;
  if (exponent == 31)
    return std::bit_cast<float>(mantissa ? 0x7fffffffu : sign | 0x7f800000u);
  const float value =
      exponent ? std::ldexp(float(mantissa | 1024), int(exponent) - 25)
               : std::ldexp(float(mantissa), -24);
  return sign ? -value : value;
}

/// Rounded to nearest even; 0x7fff for what is no number.
inline Half toHalf(float value) {
  if (value != value)
    return {0x7fff};
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float size = std::fabs(value);
  if (size >= 65520.f) // halfway between the largest number and 2^16
    return {uint16_t(sign | 0x7c00)};
  int exponent = -14; // subnormals have that of the smallest normal numbers
  if (size >= 6.103515625e-05f)
    exponent = std::ilogb(size);
  // Units of the last place, a number below 2048; the host rounds to even. 2048
  // carries into the exponent, which is what rounding up means.
  const auto units = uint16_t(std::nearbyint(std::ldexp(size, 10 - exponent)));
  return {uint16_t(sign | (((exponent + 14) << 10) + units))};
}

} // namespace ptxsim

#endif
