// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Vectors of the language against one value at a time, around their width.

#include "compiler/quantize/observers/Extremes.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <numeric>

using namespace quench::quantize;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(Extremes, EveryPositionCounts) {
  for (size_t size : {1, 2, 15, 16, 17, 31, 32, 33, 1030})
    for (size_t at = 0; at < size; ++at) {
      std::vector<float> values(size, 1);
      values[at] = -7;
      EXPECT_EQ(extremes(values), (Range{-7, size == 1 ? -7.0f : 1.0f}))
          << at << " of " << size;
      values[at] = 9;
      EXPECT_EQ(extremes(values), (Range{size == 1 ? 9.0f : 1.0f, 9}))
          << at << " of " << size;
    }
}

TEST(Extremes, FindsTheFirstThatIsNotFinite) {
  std::vector<float> values(2100);
  std::iota(values.begin(), values.end(), -1000.0f);
  values[0] = std::numeric_limits<float>::max();
  values[1] = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(firstNotFinite(values), -1);
  EXPECT_EQ(firstNotFinite({}), -1);
  for (size_t at : {0, 1, 16, 1023, 1024, 2047, 2095, 2096, 2099})
    for (float bad : {infinity, -infinity, NAN}) {
      std::vector<float> spoilt = values;
      spoilt[at] = bad;
      EXPECT_EQ(firstNotFinite(spoilt), int64_t(at));
      spoilt.back() = bad;
      EXPECT_EQ(firstNotFinite(spoilt), int64_t(at));
    }
}

} // namespace
