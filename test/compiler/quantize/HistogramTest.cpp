// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The histogram: where values are counted, and that splitting and reordering
// the data changes nothing.

#include "compiler/quantize/observers/Histogram.h"

#include "gmock/gmock.h"

#include <algorithm>
#include <cfloat>
#include <random>
#include <tuple>

using namespace quench::quantize;

namespace quench::quantize {
bool operator==(const Mass &a, const Mass &b) {
  return a.low == b.low && a.high == b.high && a.count == b.count;
}
void PrintTo(const Mass &mass, std::ostream *out) {
  *out << mass.count << " in " << mass.low << ".." << mass.high;
}
} // namespace quench::quantize

namespace {

Histogram of(llvm::ArrayRef<float> values) {
  Histogram histogram;
  histogram.add(values);
  return histogram;
}

std::vector<float> wideValues(size_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float &value : values)
    value = random() % 4 ? normal(random) * std::exp(4 * normal(random)) : 0;
  // Extremes that come back.
  for (size_t i : {3, 500, 900})
    std::tie(values[i], values[i + 1]) = std::pair(-1e9f, 1e9f);
  return values;
}

// Bins of 1 to 2 are 1/128 wide, of 2 to 4 twice that; the extremes and both
// zeros are points.
TEST(Histogram, CountsByTheUpperHalfOfTheBits) {
  EXPECT_THAT(
      of({1.001f, 0.0f, -2.02f, 1.002f, -0.0f, -3, 2.01f, 3.99f, 3.988f, 3.99f})
          .masses(),
      testing::ElementsAre(Mass{-3, -3, 1},              //
                           Mass{-2.03125, -2.015625, 1}, //
                           Mass{0, 0, 2},                //
                           Mass{1, 1 + 1.0 / 128, 2},    //
                           Mass{2, 2.015625, 1},         //
                           Mass{3.984375, 3.99f, 1},     //
                           Mass{3.99f, 3.99f, 2}));
}

// Both extremes in one bin, and values between them.
TEST(Histogram, OfOneBin) {
  EXPECT_THAT(of({1.001f, 1.003f, 1.002f, 1.001f}).masses(),
              testing::ElementsAre(Mass{1.001f, 1.001f, 2},
                                   Mass{1.001f, 1.003f, 1},
                                   Mass{1.003f, 1.003f, 1}));
  EXPECT_THAT(of({-7, -7}).masses(), testing::ElementsAre(Mass{-7, -7, 2}));
}

TEST(Histogram, HoldsEveryFiniteFloat) {
  const Histogram histogram =
      of({-FLT_MAX, FLT_MAX, FLT_MIN, -FLT_MIN, FLT_TRUE_MIN, 1e-40f});
  double count = 0;
  for (const Mass &mass : histogram.masses()) {
    EXPECT_LE(mass.low, mass.high);
    count += mass.count;
  }
  EXPECT_EQ(count, 6);
  EXPECT_EQ(histogram.count(), 6u);
  EXPECT_EQ(histogram.range(), (Range{-FLT_MAX, FLT_MAX}));
}

TEST(Histogram, AnySplitGivesTheSameCounts) {
  const std::vector<float> values = wideValues(1000);
  const auto whole = of(values).masses();
  EXPECT_GT(whole.size(), 300u);
  for (size_t cut = 0; cut <= values.size(); cut += 37)
    for (bool swapped : {false, true}) {
      Histogram first = of(llvm::ArrayRef(values).take_front(cut));
      Histogram second = of(llvm::ArrayRef(values).drop_front(cut));
      if (swapped)
        std::swap(first, second);
      first.merge(second);
      EXPECT_EQ(first.masses(), whole);
      EXPECT_EQ(first.count(), values.size());
      EXPECT_EQ(first.range(), extremes(values));
    }
}

TEST(Histogram, OrderChangesNothing) {
  std::vector<float> values = wideValues(1000);
  const auto sorted = [&] {
    std::vector<float> copy = values;
    std::sort(copy.begin(), copy.end());
    return of(copy).masses();
  }();
  EXPECT_EQ(of(values).masses(), sorted);
  // Masses go upwards and do not overlap.
  for (size_t i = 1; i < sorted.size(); ++i)
    EXPECT_LE(sorted[i - 1].high, sorted[i].low);
}

} // namespace
