// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds of accumulators: reached by an input, and by none exceeded.

#include "compiler/quantize/Bounds.h"

#include "gtest/gtest.h"

#include <random>
#include <vector>

using namespace quench::quantize;

namespace {

// With inputs chosen against the bound, the largest |acc| is the bound itself
// where both ends of the input's range are equally far from its zero.
TEST(Bounds, IsReached) {
  std::mt19937 random(3);
  const int64_t reach = 127, channels = 5, taps = 30;
  std::vector<int8_t> filter(channels * taps);
  for (int8_t &weight : filter)
    weight = int8_t(random() % 255 - 127);
  std::vector<int32_t> bias(channels);
  for (int32_t &b : bias)
    b = int32_t(random() % 20001) - 10000;
  const int32_t zero = 3;

  int64_t largest = 0, where = -1;
  for (int64_t c = 0; c < channels; ++c) {
    // Each input at the end of its range that pushes in the bias's direction.
    const int64_t direction = bias[c] < 0 ? -1 : 1;
    int64_t acc = bias[c];
    for (int64_t t = 0; t < taps; ++t) {
      const int64_t weight = filter[c * taps + t] - zero;
      acc += weight * (weight * direction > 0 ? reach : -reach);
    }
    if (std::abs(acc) > largest) {
      largest = std::abs(acc);
      where = c;
    }
  }
  const Bound bound = filterBound(filter, channels, zero, bias, reach);
  EXPECT_EQ(bound.value, largest);
  EXPECT_EQ(bound.channel, where);
}

// 66312 products of 127 * 255 do not fit int32, one less does.
TEST(Bounds, Wraps) {
  std::vector<int8_t> filter(66312, 127);
  EXPECT_GE(filterBound(filter, 1, 0, {}, 255).value, wrapsAt);
  filter.pop_back();
  EXPECT_LT(filterBound(filter, 1, 0, {}, 255).value, wrapsAt);
  // The most negative numbers have no absolute value in their own type.
  EXPECT_EQ(filterBound({int8_t(-128)}, 1, 127, {INT32_MIN}, 255).value,
            int64_t(255) * 255 + (int64_t(1) << 31));
}

// One bit more would wrap, and the bias counts.
TEST(Bounds, InputBitsAreTheMostThatFit) {
  auto none = [](int) -> int64_t { return 0; };
  EXPECT_EQ(inputBits(65535, none), 16); // 65535 * 2^15 < 2^31
  EXPECT_EQ(inputBits(65536, none), 15);
  EXPECT_EQ(inputBits(1 << 30, none), 0); // not even two bits
  EXPECT_EQ(inputBits((1 << 30) - 1, none), 2);
  EXPECT_EQ(inputBits(100, none, 12), 12);
  auto rest = [](int) -> int64_t {
    return (int64_t(1) << 31) - 65535 * 32768LL;
  };
  EXPECT_EQ(inputBits(65535, rest), 15);
  EXPECT_EQ(inputBits(65535, [&](int) { return 1 - rest(16); }), 16);
  // The code of a bias shrinks with the bits of the input.
  auto shrinking = [](int bits) -> int64_t {
    return int64_t(1) << (15 + bits);
  };
  EXPECT_EQ(inputBits(32768, shrinking), 15);
}

} // namespace
