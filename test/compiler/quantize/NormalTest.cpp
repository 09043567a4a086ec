// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Moments of clipped normal variables, against numeric integration and samples.

#include "compiler/quantize/moments/Normal.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace quench::quantize;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Case {
  double mean, deviation, low, high;
};

class Clipped : public testing::TestWithParam<Case> {};

/// Simpson's rule over the density, the mass outside at the bounds.
Moments integrate(const Case &c) {
  auto density = [&](double x) {
    const double z = (x - c.mean) / c.deviation;
    return std::exp(-0.5 * z * z) / (c.deviation * std::sqrt(2 * M_PI));
  };
  const int steps = 200000;
  const double from = c.mean - 12 * c.deviation, width = 24 * c.deviation;
  double mass = 0, first = 0, second = 0;
  for (int i = 0; i <= steps; ++i) {
    const double x = from + width * i / steps;
    const double y = std::min(std::max(x, c.low), c.high);
    const double weight = (i == 0 || i == steps ? 1
                           : i % 2              ? 4
                                                : 2) *
                          density(x) * width / steps / 3;
    mass += weight;
    first += weight * y;
    second += weight * (y - c.mean) * (y - c.mean);
  }
  EXPECT_NEAR(mass, 1, 1e-9);
  const double off = first - c.mean;
  return {first, second - off * off};
}

TEST_P(Clipped, EqualsNumericIntegration) {
  const Case c = GetParam();
  const Moments found =
      clippedNormal({c.mean, c.deviation * c.deviation}, c.low, c.high);
  const Moments wanted = integrate(c);
  EXPECT_NEAR(found.mean, wanted.mean, 1e-7 * c.deviation);
  EXPECT_NEAR(found.variance, wanted.variance,
              1e-7 * c.deviation * c.deviation);
}

TEST_P(Clipped, EqualsSamples) {
  const Case c = GetParam();
  const Moments found =
      clippedNormal({c.mean, c.deviation * c.deviation}, c.low, c.high);
  std::mt19937 random(7);
  std::normal_distribution<double> normal(c.mean, c.deviation);
  const int count = 400000;
  double first = 0, second = 0;
  for (int i = 0; i < count; ++i) {
    const double y = std::min(std::max(normal(random), c.low), c.high);
    first += y / count;
    second += y * y / count;
  }
  EXPECT_NEAR(found.mean, first, 0.01 * c.deviation);
  EXPECT_NEAR(found.variance, second - first * first,
              0.01 * c.deviation * c.deviation);
}

INSTANTIATE_TEST_SUITE_P(
    Ranges, Clipped,
    testing::Values(Case{0, 1, 0, infinity}, Case{-1.5, 0.5, 0, infinity},
                    Case{2, 3, 0, 6}, Case{5, 1, 0, 6}, Case{8, 2, 0, 6},
                    Case{-3, 2, -infinity, -2.5}, Case{1, 4, -1, 1},
                    Case{1, 2, -infinity, infinity}));

// Relu of the standard normal: 1 / sqrt(2 pi) and 1/2 - 1 / (2 pi).
TEST(ClippedNormal, ReluInClosedForm) {
  const Moments relu = clippedNormal({0, 1}, 0, infinity);
  EXPECT_DOUBLE_EQ(relu.mean, 1 / std::sqrt(2 * M_PI));
  EXPECT_DOUBLE_EQ(relu.variance, 0.5 - 1 / (2 * M_PI));
}

TEST(ClippedNormal, ConstantsAndFarTailsStayInside) {
  EXPECT_EQ(clippedNormal({7, 0}, 0, 6).mean, 6);
  EXPECT_EQ(clippedNormal({7, 0}, 0, 6).variance, 0);
  const Moments off = clippedNormal({-100, 1}, 0, 6);
  EXPECT_EQ(off.mean, 0);
  EXPECT_EQ(off.variance, 0);
}

// exp(X) is log-normal: e^(m + v/2), (e^v - 1) e^(2m + v).
TEST(ThroughFunction, LogNormal) {
  const Moments found = throughFunction({0.5, 0.25}, -infinity, infinity,
                                        [](double x) { return std::exp(x); });
  EXPECT_NEAR(found.mean, std::exp(0.625), 1e-6);
  EXPECT_NEAR(found.variance, std::expm1(0.25) * std::exp(1.25), 1e-6);
}

TEST(ThroughFunction, ClipsFirstAndCountsNaNAsZero) {
  const Moments clip = clippedNormal({1, 4}, -1, 2);
  const Moments found =
      throughFunction({1, 4}, -1, 2, [](double x) { return x; });
  EXPECT_NEAR(found.mean, clip.mean, 1e-4);
  EXPECT_NEAR(found.variance, clip.variance, 1e-4);
  EXPECT_EQ(
      throughFunction({-4, 0}, -9, 9, [](double x) { return std::sqrt(x); })
          .mean,
      0);
}

} // namespace
