// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic contract itself: qrt/requantize.h against int64 and double.

#include "Oracle.h"

#include "gtest/gtest.h"

#include <limits>

using namespace quench;

namespace {

int8_t actual(int64_t acc, float mul, const qrt_output &out) {
  return static_cast<int8_t>(qrt_requantize(static_cast<int32_t>(acc), mul,
                                            out.zero, out.min, out.max));
}

// Powers of two put accumulators exactly on ties, on both sides of zero.
TEST(Requantize, TiesGoToEvenBeforeTheZeroPoint) {
  oracle::Disagreements told;
  for (int exponent = 1; exponent <= 8; ++exponent) {
    float mul = std::ldexp(1.0f, -exponent);
    for (int zero : {-128, -127, -3, 0, 1, 64, 127}) {
      qrt_output out{zero, -128, 127};
      for (int acc = -70000; acc <= 70000; acc += acc % 3 == 0 ? 1 : 5) {
        ASSERT_EQ(actual(acc, mul, out), oracle::requantize(acc, mul, out))
            << acc << " * " << mul << " + " << zero;
        told.count(acc, mul, out);
      }
    }
  }
  EXPECT_TELLS_ROUNDINGS_APART(told);
}

// Accumulators aimed at the middle between two codes, for scales of every
// magnitude: beyond 2^24 the conversion to float rounds, and each rounding of
// the multiplier shows.
TEST(Requantize, DirectedAccumulators) {
  oracle::Random random(1);
  oracle::Disagreements told;
  int roundedOnce = 0, beyond24Bits = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    float sx = random.scale(1e-5, 1), sw = random.scale(1e-5, 1);
    float sy = static_cast<float>(sx * sw * random.scale(2, 1e7));
    float mul = qrt_multiplier(sx, sw, sy);
    ASSERT_EQ(mul, oracle::multiplier(sx, sw, sy));
    float once = oracle::multiplierRoundedOnce(sx, sw, sy);
    qrt_output out{static_cast<int32_t>(random.integer(-128, 127)), -128, 127};
    for (int step = 0; step < 40; ++step) {
      int code =
          static_cast<int>(random.integer(-128 - out.zero, 126 - out.zero));
      int64_t acc = oracle::nearTie(code, mul, step % 5 - 2);
      if (std::abs(acc) > std::numeric_limits<int32_t>::max())
        continue;
      ASSERT_EQ(actual(acc, mul, out), oracle::requantize(acc, mul, out))
          << acc << " * " << mul << " + " << out.zero;
      told.count(acc, mul, out);
      roundedOnce += oracle::requantize(acc, once, out) !=
                     oracle::requantize(acc, mul, out);
      beyond24Bits += std::abs(acc) > (1 << 24);
    }
  }
  EXPECT_GT(told.zeroInRound, 0);
  EXPECT_GT(told.exactProduct, 0);
  EXPECT_GT(roundedOnce, 0);
  EXPECT_GT(beyond24Bits, 1000);
}

TEST(Requantize, ClampsToTheGivenRange) {
  qrt_output out{-5, -5, 120};
  EXPECT_EQ(actual(-1, 1.0f, out), -5);
  EXPECT_EQ(actual(124, 1.0f, out), 119);
  EXPECT_EQ(actual(125, 1.0f, out), 120);
  EXPECT_EQ(actual(126, 1.0f, out), 120);
}

// A product far outside int32 saturates instead of wrapping.
TEST(Requantize, HugeProductsSaturate) {
  qrt_output out{127, -128, 127};
  int32_t low = std::numeric_limits<int32_t>::min();
  int32_t high = std::numeric_limits<int32_t>::max();
  for (float mul : {1.0f, 1e6f, 3e38f}) {
    EXPECT_EQ(actual(low, mul, out), -128) << mul;
    EXPECT_EQ(actual(high, mul, out), 127) << mul;
  }
}

// Every quarter up to 2^22, where qrt_rne ends.
TEST(Rne, EqualsNearbyint) {
  for (int64_t quarter = -(int64_t(1) << 24); quarter <= int64_t(1) << 24;
       ++quarter) {
    float value = static_cast<float>(quarter) * 0.25f;
    ASSERT_EQ(qrt_rne(value), static_cast<int32_t>(std::nearbyint(value)))
        << value;
  }
  // The largest float below one half, which adding 0.5 would round up.
  EXPECT_EQ(qrt_rne(std::nextafter(0.5f, 0.0f)), 0);
  EXPECT_EQ(qrt_rne(-std::nextafter(0.5f, 0.0f)), 0);
}

// Quantization divides. Multiplying by the reciprocal is a different function.
TEST(Quantize, DividesByTheScale) {
  oracle::Random random(2);
  int reciprocal = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    float scale = random.scale(1e-4, 10);
    int32_t zero = static_cast<int32_t>(random.integer(-128, 127));
    for (int code = -128; code <= 127; ++code) {
      // The real number in the middle of two codes, as well as float can.
      float x = static_cast<float>((code - zero + 0.5) * double(scale));
      float quotient = static_cast<float>(double(x) / double(scale));
      qrt_output out{zero, -128, 127};
      int8_t expected = oracle::toCode(std::nearbyint(quotient), out);
      ASSERT_EQ(qrt_quantize(x, scale, zero, -128, 127), expected);
      float inverse = 1.0f / scale;
      float product = x * inverse;
      reciprocal += oracle::toCode(std::nearbyint(product), out) != expected;
    }
  }
  EXPECT_GT(reciprocal, 0);
}

TEST(Quantize, SpecialNumbers) {
  float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(qrt_quantize(infinity, 0.1f, 3, -128, 127), 127);
  EXPECT_EQ(qrt_quantize(-infinity, 0.1f, 3, -128, 127), -128);
  EXPECT_EQ(qrt_quantize(std::nanf(""), 0.1f, 3, -128, 127), 3);
  EXPECT_EQ(qrt_quantize(-0.0f, 0.1f, 3, -128, 127), 3);
}

TEST(Dequantize, RoundsOnce) {
  for (int code = -128; code <= 127; ++code)
    for (float scale : {0.1f, 0.0117f, 3.5e-5f})
      EXPECT_EQ(qrt_dequantize(code, -7, scale),
                static_cast<float>((code + 7) * double(scale)));
}

} // namespace
