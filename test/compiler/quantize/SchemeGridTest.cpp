// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Grids of any scheme: the 8-bit ones are those of Grid.h, the others have
// their formula's numbers.

#include "compiler/quantize/fakequant/SchemeGrid.h"

#include "gtest/gtest.h"

#include <cfloat>
#include <cmath>
#include <random>

using namespace quench::quantize;

namespace {

void expectEqual(const Grid &grid, const Grid &expected) {
  EXPECT_EQ(grid.scale, expected.scale);
  EXPECT_EQ(grid.zero, expected.zero);
  EXPECT_EQ(grid.min, expected.min);
  EXPECT_EQ(grid.max, expected.max);
}

std::vector<Range> someRanges() {
  std::vector<Range> ranges = {
      {0,             0          },
      {-1e-30f,       1e-30f     },
      {2,             5          },
      {-5,            -2         },
      {-FLT_MAX,      FLT_MAX    },
      {-FLT_MAX,      FLT_MAX / 2},
      {-FLT_MAX / 63, FLT_MAX    },
      {0,             FLT_MAX    },
      {-127.5f,       127.5f     },
  };
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 1000; ++i) {
    const float a = normal(random), b = normal(random);
    ranges.push_back({std::min(a, b), std::max(a, b)});
  }
  return ranges;
}

TEST(SchemeGrid, OfEightBitsIsActivationGrid) {
  for (const Range &range : someRanges()) {
    SCOPED_TRACE(testing::Message() << range.min << " to " << range.max);
    expectEqual(schemeGrid(range, {}), activationGrid(range));
  }
}

TEST(SchemeGrid, OfNarrowEightBitsIsSymmetricGrid) {
  for (const Range &range : someRanges()) {
    if (range.max - range.min > FLT_MAX / 2)
      continue; // the last code of symmetricGrid may be infinite there
    SCOPED_TRACE(testing::Message() << range.min << " to " << range.max);
    expectEqual(schemeGrid(range, {8, Symmetry::Narrow}),
                symmetricGrid({range.min, range.max}));
  }
}

TEST(SchemeGrid, OtherBits) {
  expectEqual(schemeGrid({-1, 14}, {4}), {1, -7, -8, 7});
  expectEqual(schemeGrid({0, 3}, {2}), {1, -2, -2, 1});
  expectEqual(schemeGrid({-65535, 0}, {16}), {1, 32767, -32768, 32767});
  expectEqual(schemeGrid({-3, 14}, {4, Symmetry::Narrow}), {2, 0, -7, 7});
  expectEqual(schemeGrid({-15, 14}, {4, Symmetry::Symmetric}), {2, 0, -8, 7});
}

// What training may have made of scale and zero point.
TEST(SchemeGrid, AnyScaleAndZeroPointBecomeAGrid) {
  expectEqual(makeGrid(0.25, 3.5, {}), {0.25f, 4, -128, 127});
  expectEqual(makeGrid(0.25, 3.5, {8, Symmetry::Narrow}),
              {0.25f, 0, -127, 127});
  expectEqual(makeGrid(-1, -1e30, {}), {FLT_MIN, -128, -128, 127});
  expectEqual(makeGrid(0, 1e30, {4}), {FLT_MIN, 7, -8, 7});
  expectEqual(makeGrid(NAN, NAN, {}), {FLT_MIN, 0, -128, 127});
  expectEqual(makeGrid(INFINITY, 0, {}), {FLT_MAX / 128, 0, -128, 127});
}

} // namespace
