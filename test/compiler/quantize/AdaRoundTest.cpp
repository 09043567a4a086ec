// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AdaRound against all roundings there are, on problems small enough to try
// them all, with inputs that make rounding to the nearest a bad choice.

#include "compiler/quantize/AdaRound.h"

#include "gmock/gmock.h"

#include <cmath>
#include <limits>
#include <random>

using namespace quench::quantize;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A problem that owns its numbers; one channel.
struct Case {
  std::vector<float> inputs, outputs, filter, scales{0.1f}, bias{0.05f};
  RoundingProblem problem;

  /// `shared` of the inputs' energy is one signal that all inputs have.
  Case(unsigned seed, int64_t depth, float shared, float low = -infinity,
       float high = infinity) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    const int64_t rows = 256;
    for (int64_t k = 0; k < depth; ++k)
      filter.push_back(0.3f * normal(random));
    for (int64_t r = 0; r < rows; ++r) {
      const float signal = normal(random);
      float y = bias[0];
      for (int64_t k = 0; k < depth; ++k) {
        inputs.push_back(std::sqrt(shared) * signal +
                         std::sqrt(1 - shared) * normal(random));
        y += inputs.back() * filter[k];
      }
      outputs.push_back(y);
    }
    problem.rows = rows;
    problem.depth = depth;
    problem.channels = 1;
    problem.inputs = inputs;
    problem.outputs = outputs;
    problem.filter = filter;
    problem.scales = scales;
    problem.bias = bias;
    problem.low = low;
    problem.high = high;
    problem.min = -127;
    problem.max = 127;
  }

  double loss(const std::vector<int32_t> &codes) const {
    double sum = 0;
    for (int64_t r = 0; r < problem.rows; ++r) {
      double y = bias[0];
      for (int64_t k = 0; k < problem.depth; ++k)
        y += double(inputs[r * problem.depth + k]) * codes[k] * scales[0];
      const double wanted =
          std::min(std::max(outputs[r], problem.low), problem.high);
      const double found =
          std::min(std::max(y, double(problem.low)), double(problem.high));
      sum += (found - wanted) * (found - wanted);
    }
    return sum;
  }

  std::vector<int32_t> nearest() const {
    std::vector<int32_t> codes;
    for (float w : filter)
      codes.push_back(int32_t(std::nearbyint(w / scales[0])));
    return codes;
  }

  double best() const {
    double least = infinity;
    for (uint32_t ups = 0; ups < 1u << filter.size(); ++ups) {
      std::vector<int32_t> codes;
      for (size_t k = 0; k < filter.size(); ++k)
        codes.push_back(int32_t(std::floor(filter[k] / scales[0])) +
                        int32_t(ups >> k & 1));
      least = std::min(least, loss(codes));
    }
    return least;
  }
};

// Inputs that move together: what one weight is too large another can be too
// small. Over 20 problems the learned roundings come close to the best there
// are, far from the nearest.
TEST(AdaRound, ComesCloseToTheBestRounding) {
  double learned = 0, best = 0, nearest = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Case c(seed, 10, 0.9f);
    const std::vector<int32_t> codes = adaround(c.problem, {});
    for (size_t k = 0; k < codes.size(); ++k) {
      const float exact = c.filter[k] / c.scales[0];
      EXPECT_TRUE(codes[k] == int32_t(std::floor(exact)) ||
                  codes[k] == int32_t(std::floor(exact)) + 1);
    }
    learned += c.loss(codes);
    best += c.best();
    nearest += c.loss(c.nearest());
  }
  EXPECT_LT(learned, 1.25 * best);
  EXPECT_LT(learned, 0.5 * nearest);
}

// Independent inputs: the nearest is about the best, and is not spoiled.
TEST(AdaRound, KeepsTheNearestWhereInputsAreIndependent) {
  double learned = 0, nearest = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Case c(seed, 10, 0.0f);
    learned += c.loss(adaround(c.problem, {}));
    nearest += c.loss(c.nearest());
  }
  EXPECT_LE(learned, 1.05 * nearest);
}

// With multipliers a weight is rounded to a multiple of its own.
TEST(AdaRound, StaysOnTheLatticeOfGroups) {
  double learned = 0, nearest = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Case c(seed, 12, 0.9f);
    c.scales = {0.01f};
    c.problem.scales = c.scales;
    std::vector<int8_t> multipliers;
    for (int k = 0; k < 12; ++k)
      multipliers.push_back(k < 8 ? 9 : 4);
    c.problem.multipliers = multipliers;
    const std::vector<int32_t> codes = adaround(c.problem, {});
    std::vector<int32_t> rounded;
    for (size_t k = 0; k < codes.size(); ++k) {
      const int32_t unit = multipliers[k];
      const float exact = c.filter[k] / (0.01f * float(unit));
      EXPECT_TRUE(codes[k] == unit * int32_t(std::floor(exact)) ||
                  codes[k] == unit * (int32_t(std::floor(exact)) + 1));
      rounded.push_back(unit * int32_t(std::nearbyint(exact)));
    }
    learned += c.loss(codes);
    nearest += c.loss(rounded);
  }
  EXPECT_LT(learned, 0.5 * nearest);
}

// Behind a clamp only what passes it counts.
TEST(AdaRound, SeesTheClamp) {
  double learned = 0, best = 0, nearest = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Case c(seed, 10, 0.9f, 0.0f, 1.0f);
    learned += c.loss(adaround(c.problem, {}));
    best += c.best();
    nearest += c.loss(c.nearest());
  }
  EXPECT_LT(learned, 1.5 * best);
  EXPECT_LT(learned, 0.6 * nearest);
}

// Weights beyond the codes are clipped, weights on the grid stay.
TEST(AdaRound, StaysInsideTheCodes) {
  Case c(3, 4, 0.9f);
  c.filter = {5.0f, -5.0f, 0.3f, 0.0f};
  c.problem.filter = c.filter;
  c.problem.min = -7;
  c.problem.max = 7;
  c.scales = {0.1f};
  c.problem.scales = c.scales;
  const std::vector<int32_t> codes = adaround(c.problem, {});
  EXPECT_EQ(codes[0], 7);
  EXPECT_EQ(codes[1], -7);
  EXPECT_TRUE(codes[2] == 3 || codes[2] == 2 || codes[2] == 4);
  EXPECT_EQ(codes[3], 0);
}

TEST(AdaRound, GivesTheSameEachTime) {
  const Case c(5, 12, 0.8f);
  EXPECT_EQ(adaround(c.problem, {}), adaround(c.problem, {}));
}

// No step: the float network's rounding at one half.
TEST(AdaRound, WithoutStepsRoundsToTheNearest) {
  const Case c(6, 8, 0.9f);
  AdaRoundOptions options;
  options.steps = 0;
  EXPECT_EQ(adaround(c.problem, options), c.nearest());
}

} // namespace
