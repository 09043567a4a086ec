// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observer percentile against sorted values.

#include "compiler/quantize/observers/Observer.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace quench::quantize;
using Values = std::vector<float>;

namespace {

Range observed(llvm::ArrayRef<float> values, double percentile) {
  ObserverOptions options;
  options.percentile = percentile;
  auto observer = findObserver("percentile")->create(options);
  observer->observe(values);
  return observer->range();
}

/// By definition: linear between the two values around the rank.
double ofSorted(const Values &sorted, double part) {
  const double rank = part * double(sorted.size() - 1);
  const auto below = size_t(rank);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] +
         (rank - double(below)) * (double(sorted[above]) - sorted[below]);
}

TEST(Percentile, IsThatOfSortedValues) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0.3f, 1);
  for (size_t size : {1, 2, 3, 10, 1000, 50000})
    for (double percentile : {100.0, 99.99, 99.0, 75.0}) {
      SCOPED_TRACE(testing::Message() << percentile << " % of " << size);
      Values values(size);
      for (float &value : values)
        value = std::sinh(normal(random));
      std::sort(values.begin(), values.end());
      const double low = ofSorted(values, 1 - percentile / 100);
      const double high = ofSorted(values, percentile / 100);
      const Range range = observed(values, percentile);
      // An end is wrong by a bin at most, that of the larger neighbour.
      EXPECT_NEAR(range.min, low, std::fabs(low) / 60 + 1e-6);
      EXPECT_NEAR(range.max, high, std::fabs(high) / 60 + 1e-6);
    }
}

// One in a hundred at each end, not one in a hundred of all.
TEST(Percentile, LeavesOutTheSameShareAtEachEnd) {
  Values values;
  for (int i = 0; i <= 1000; ++i)
    values.push_back(float(i));
  const Range range = observed(values, 99);
  EXPECT_NEAR(range.min, 10, 0.1);
  EXPECT_NEAR(range.max, 990, 8);
}

TEST(Percentile, OfAllIsMinMax) {
  EXPECT_EQ(observed({-5, 1, 2, 3, 1000}, 100), (Range{-5, 1000}));
}

} // namespace
