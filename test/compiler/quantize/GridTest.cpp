// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Grids: what they must represent exactly, and how far a value may be from its
// code.

#include "compiler/quantize/fakequant/Grid.h"

#include "qrt/requantize.h"
#include "gmock/gmock.h"

#include <cfloat>
#include <cmath>
#include <random>

using namespace quench::quantize;
using testing::ElementsAre;

namespace {

constexpr Scheme channels{8, Symmetry::Narrow, Granularity::Channel};

float roundTrip(float x, const Grid &grid) {
  return qrt_dequantize(
      qrt_quantize(x, grid.scale, grid.zero, grid.min, grid.max), grid.zero,
      grid.scale);
}

const Range ranges[] = {
    {-1,       3           },
    {0,        6           },
    {-6,       0           },
    {2,        5           },
    {-5,       -2          },
    {-1e-6f,   1e6f        },
    {-1e6f,    1e-6f       },
    {0,        255.0f / 256},
    {-1e-20f,  0           },
    {-3e38f,   3e38f       },
    {-0.1f,    1e-30f      },
    {-FLT_MAX, FLT_MAX     },
};

class ActivationGrid : public testing::TestWithParam<Range> {};

// 0 is a code exactly, and every number of the range is at most half a step
// (and the rounding of the zero point, another half) from its code.
TEST_P(ActivationGrid, RepresentsTheRange) {
  const Range range = GetParam();
  const Grid grid = activationGrid(range);
  EXPECT_TRUE(std::isnormal(grid.scale)) << grid.scale;
  EXPECT_GE(grid.zero, -128);
  EXPECT_LE(grid.zero, 127);
  EXPECT_EQ(roundTrip(0, grid), 0);
  for (int i = 0; i <= 1000; ++i) {
    const double x =
        double(range.min) + (double(range.max) - range.min) * i / 1000;
    EXPECT_LE(std::fabs(roundTrip(float(x), grid) - x), 1.001 * grid.scale);
  }
}

INSTANTIATE_TEST_SUITE_P(Ranges, ActivationGrid, testing::ValuesIn(ranges));

TEST(ActivationGrid, KnownValues) {
  const Grid relu6 = activationGrid({0, 6});
  EXPECT_EQ(relu6.scale, float(6.0 / 255));
  EXPECT_EQ(relu6.zero, -128);
  // A range on one side of 0 is widened to 0, not shifted.
  EXPECT_EQ(activationGrid({2, 255}).zero, -128);
  EXPECT_EQ(activationGrid({-255, -2}).zero, 127);
  EXPECT_EQ(activationGrid({0, 255.0f / 256}).scale, 1.0f / 256);
  // Half way between two codes: to even. 127.5 below 0 is -128 + 127.5 -> 0.
  EXPECT_EQ(activationGrid({-127.5f, 127.5f}).zero, 0);
}

TEST(ActivationGrid, EmptyRangeHasScaleOne) {
  for (Range range : {
           Range{0,       0     },
           Range{-1e-40f, 1e-40f}
  }) {
    const Grid grid = activationGrid(range);
    EXPECT_EQ(grid.scale, 1);
    EXPECT_EQ(roundTrip(0, grid), 0);
  }
}

// Symmetric: 0 is code 0, the larger end is the last code.
TEST(ActivationGrid, Symmetric) {
  const Scheme symmetric{8, Symmetry::Symmetric};
  EXPECT_EQ(activationGrid({-1, 2.55f}, symmetric).scale, float(2.55f / 127.5));
  EXPECT_EQ(activationGrid({-1, 2.55f}, symmetric).zero, 0);
  EXPECT_EQ(activationGrid({-1, 2.55f}, symmetric).min, -128);
  const Scheme narrow{8, Symmetry::Narrow};
  EXPECT_EQ(activationGrid({-2.54f, 0}, narrow).scale, float(2.54f / 127));
  EXPECT_EQ(activationGrid({-2.54f, 0}, narrow).min, -127);
  EXPECT_EQ(activationGrid({0, 0}, narrow).scale, 1);
  EXPECT_EQ(activationGrid({0, 0}, narrow).zero, 0);
}

TEST(ActivationGrid, Bits) {
  const Grid four = activationGrid({-1, 14}, {4, Symmetry::Asymmetric});
  EXPECT_EQ(four.scale, 1);
  EXPECT_EQ(four.zero, -7);
  EXPECT_EQ(four.min, -8);
  EXPECT_EQ(four.max, 7);
  const Grid sixteen = activationGrid({0, 32767}, {16, Symmetry::Narrow});
  EXPECT_EQ(sixteen.scale, 1);
  EXPECT_EQ(sixteen.min, -32767);
}

// Powers of two, the least that reach the range.
TEST(ActivationGrid, TqtScalesArePowersOfTwo) {
  const Scheme narrow{8, Symmetry::Narrow};
  EXPECT_EQ(activationGrid({-1, 127}, narrow, "tqt").scale, 1);
  EXPECT_EQ(activationGrid({-1, 128}, narrow, "tqt").scale, 2);
  EXPECT_EQ(activationGrid({-1, 0.5f}, narrow, "tqt").scale, 1.0f / 64);
  EXPECT_EQ(activationGrid({0, 0}, narrow, "tqt").scale, 1);
}

TEST(FilterGrid, FourBits) {
  const Scheme four{4, Symmetry::Narrow, Granularity::Channel};
  const FilterGrid grid = filterGrid({7.0f, 0.5f}, {}, 1, four);
  EXPECT_THAT(grid.scales, ElementsAre(1.0f, float(0.5 / 7)));
  EXPECT_EQ(grid.min, -7);
  EXPECT_EQ(grid.max, 7);
}

TEST(FilterGrid, OneScalePerChannel) {
  const std::vector<float> filter = {1.27f, -0.5f, 0.1f, -2.54f};
  const FilterGrid grid = filterGrid({1.27f, 2.54f}, {}, 1, channels);
  EXPECT_THAT(grid.scales,
              ElementsAre(float(1.27f / 127.0), float(2.54f / 127.0)));
  EXPECT_EQ(grid.min, -127);
  EXPECT_EQ(grid.max, 127);
  EXPECT_EQ(grid.floored, 0);
  EXPECT_THAT(quantize<int8_t>(filter, grid.scales, 2, 0, -127, 127),
              ElementsAre(127, -50, 5, -127));
}

TEST(FilterGrid, PerTensorAndWide) {
  const FilterGrid grid = filterGrid(2.55f, {}, 1, {8, Symmetry::Symmetric});
  EXPECT_THAT(grid.scales, ElementsAre(float(2.55f / 127.5)));
  EXPECT_EQ(grid.min, -128);
}

// Of all multipliers the one whose narrow codes reach nearest to the clip.
TEST(GroupGrid, MultipliersReachNearestToTheClip) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (int bits : {2, 3, 4}) {
    const int max = (1 << (bits - 1)) - 1;
    std::vector<float> clips, channelClips;
    for (int channel = 0; channel < 50; ++channel) {
      for (int group = 0; group < 4; ++group)
        clips.push_back(std::pow(uniform(random), 3.0f));
      channelClips.push_back(*std::max_element(clips.end() - 4, clips.end()));
    }
    const FilterGrid grid = filterGrid(channelClips, {}, 1, channels);
    const std::vector<int8_t> found =
        groupMultipliers(clips, grid.scales, bits);
    ASSERT_EQ(found.size(), clips.size());
    for (size_t i = 0; i < clips.size(); ++i) {
      auto distance = [&](int multiplier) {
        return std::fabs(double(grid.scales[i / 4]) * multiplier * max -
                         clips[i]);
      };
      for (int other = 1; other * max <= 127; ++other)
        EXPECT_LE(distance(found[i]), distance(other)) << clips[i];
      EXPECT_GE(found[i], 1);
      EXPECT_LE(found[i] * max, 127);
    }
  }
}

// A group of zeros beside others, and a channel whose scale its bias raised.
TEST(GroupGrid, SmallGroupsHaveTheSmallestMultiplier) {
  const std::vector<float> clips = {0, 1.27f, 1e-30f, 1e-31f};
  const FilterGrid grid =
      filterGrid({1.27f, 1e-30f}, {0.0f, 5.0f}, 1, channels);
  EXPECT_EQ(grid.floored, 1);
  EXPECT_THAT(groupMultipliers(clips, grid.scales, 4),
              ElementsAre(1, 18, 1, 1));
}

// Every weight goes to the nearest of the numbers that its group has.
TEST(GroupGrid, CodesAreTheNearestOfTheirLattice) {
  std::mt19937 random(6);
  std::normal_distribution<float> normal;
  for (int bits : {2, 3, 4}) {
    const int max = (1 << (bits - 1)) - 1;
    const std::vector<float> scales = {0.011f, 0.0273f};
    std::vector<float> values;
    std::vector<int8_t> multipliers;
    for (int i = 0; i < 400; ++i) {
      values.push_back(normal(random));
      multipliers.push_back(int8_t(1 + int(random() % uint32_t(127 / max))));
    }
    const std::vector<int8_t> codes =
        quantizeGroups(values, scales, multipliers, bits);
    for (size_t i = 0; i < values.size(); ++i) {
      const double scale = scales[i / 200];
      EXPECT_EQ(codes[i] % multipliers[i], 0);
      for (int narrow = -max; narrow <= max; ++narrow)
        EXPECT_LE(std::fabs(codes[i] * scale - values[i]),
                  std::fabs(narrow * multipliers[i] * scale - values[i]));
    }
  }
}

// The trap: a channel that batch normalization has switched off has weights
// near 0 and a bias. Its bias code must stay within 2^22.
TEST(FilterGrid, BiasRaisesTheScale) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> exponent(-40, 20);
  for (int i = 0; i < 1000; ++i) {
    const float weight = std::exp2(exponent(random));
    const float bias = -std::exp2(exponent(random));
    const float inputScale = std::exp2(exponent(random) / 4);
    const FilterGrid grid = filterGrid(weight, bias, inputScale, channels);
    const std::vector<float> scales = biasScales(inputScale, grid.scales);
    EXPECT_TRUE(std::isnormal(scales[0]));
    const auto codes =
        quantize<int32_t>(bias, scales, 1, 0, INT32_MIN, INT32_MAX);
    EXPECT_LE(std::abs(codes[0]), 1 << 22) << weight << ' ' << bias;
    EXPECT_EQ(grid.floored, grid.scales[0] != float(weight / 127.0));
  }
}

TEST(FilterGrid, DeadChannelWithoutBiasHasAnyScale) {
  const FilterGrid grid =
      filterGrid({0.0f, 1.0f}, {0.0f, 0.0f}, 0.1f, channels);
  EXPECT_EQ(grid.scales[0], 1);
  EXPECT_EQ(grid.floored, 0);
}

// The product of the scales is what the runtime multiplies with: no denormals.
TEST(FilterGrid, TinyWeightsKeepNormalProducts) {
  const FilterGrid grid = filterGrid(1e-38f, {}, 1e-8f, channels);
  EXPECT_TRUE(std::isnormal(biasScales(1e-8f, grid.scales)[0]));
  EXPECT_EQ(grid.floored, 1);
}

TEST(SymmetricGrid, LargestIsACode) {
  const Grid grid = symmetricGrid({3.0f, -12.7f});
  EXPECT_EQ(grid.scale, float(12.7f / 127.0));
  EXPECT_EQ(grid.zero, 0);
  EXPECT_EQ(symmetricGrid({0.0f}).scale, 1);
}

// Ties go to even, and the division is that of doubles: 2^24 + 1 is a code.
TEST(Quantize, RoundsInDouble) {
  EXPECT_THAT(
      quantize<int8_t>({0.5f, 1.5f, -0.5f, -1.5f}, 1.0f, 1, 0, -128, 127),
      ElementsAre(0, 2, 0, -2));
  EXPECT_THAT(quantize<int8_t>({0.5f, 1.5f}, 1.0f, 1, 1, -128, 127),
              ElementsAre(1, 3));
  EXPECT_THAT(quantize<int32_t>(1.0f, 5.9604641222676946e-8f, 1, 0, INT32_MIN,
                                INT32_MAX),
              ElementsAre(16777217));
  EXPECT_THAT(
      quantize<int32_t>({3e38f, -3e38f}, 1.0f, 1, 0, INT32_MIN, INT32_MAX),
      ElementsAre(INT32_MAX, INT32_MIN));
}

} // namespace
