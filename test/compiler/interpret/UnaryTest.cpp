// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables of unary functions (spec Q-LUT).

#include "compiler/interpret/Unary.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace quench::interpret;

namespace {

constexpr CodeRange wide = {0.5f, -3, -128, 127};

TEST(Unary, TiesGoToEvenBeforeTheZeroPoint) {
  const CodeRange out = {1.0f, 11, -128, 127};
  auto identity = [](double x) { return x; };
  EXPECT_EQ(unaryCode(identity, -2, wide, out), 11); // 0.5 -> 0
  EXPECT_EQ(unaryCode(identity, 0, wide, out), 13);  // 1.5 -> 2
  EXPECT_EQ(unaryCode(identity, -6, wide, out), 9);  // -1.5 -> -2
}

TEST(Unary, OutOfRangeSaturatesAndNaNIsZero) {
  const CodeRange out = {1.0f, 11, -100, 100};
  EXPECT_EQ(unaryCode([](double) { return 1e300; }, 0, wide, out), 100);
  EXPECT_EQ(unaryCode([](double) { return -HUGE_VAL; }, 0, wide, out), -100);
  EXPECT_EQ(unaryCode([](double) { return NAN; }, 0, wide, out), 11);
}

TEST(Unary, ScaleDividesInDouble) {
  // 1.5 steps of f32(0.1), exactly: the quotient in float would be 1.5 as well
  // for the neighbours on both sides.
  const CodeRange in = {1.0f, 0, -128, 127}, out = {0.1f, 0, -128, 127};
  const double step = double(0.1f);
  EXPECT_EQ(unaryCode([=](double) { return 1.5 * step; }, 0, in, out), 2);
  EXPECT_EQ(
      unaryCode([=](double) { return 1.5 * step * (1 - 1e-9); }, 0, in, out),
      1);
}

TEST(Unary, TableHasEveryCodeAndRepeatsTheBorders) {
  const CodeRange narrow = {0.5f, -3, -127, 126};
  auto identity = [](double x) { return x; };
  const std::vector<int8_t> table = unaryTable(identity, narrow, narrow);
  ASSERT_EQ(table.size(), 256u);
  for (int code = -127; code <= 126; ++code)
    EXPECT_EQ(table[code + 128], code);
  EXPECT_EQ(table[0], -127);
  EXPECT_EQ(table[255], 126);
}

TEST(InterpolationTable, EntriesAndLimits) {
  const CodeRange in = {0.25f, 0, -8192, 8191}, out = {0.5f, 7, -128, 127};
  // Entry i is code (i - 256) * 32, so 8 * (i - 256); in 1/128 of 0.5.
  const std::vector<int32_t> line =
      interpolationTable([](double x) { return x / 1024; }, in, out, 5);
  ASSERT_EQ(line.size(), 513u);
  for (int i = 0; i <= 512; ++i)
    EXPECT_EQ(line[i], 2 * (i - 256));
  // Ties to even before any zero point, 2^23 at most, NaN as 0.
  const std::vector<int32_t> odd = interpolationTable(
      [](double x) { return x == 0   ? 0.5 / 256
                            : x == 8 ? 1.5 / 256
                                     : x; }, in,
      out, 5);
  EXPECT_EQ(odd[256], 0);
  EXPECT_EQ(odd[257], 2);
  const std::vector<int32_t> far = interpolationTable(
      [](double x) { return x < 0   ? -HUGE_VAL
                            : x > 0 ? 1e9
                                    : NAN; }, in, out,
      5);
  EXPECT_EQ(far[255], -8388608);
  EXPECT_EQ(far[256], 0);
  EXPECT_EQ(far[257], 8388608);
}

TEST(Unary, WideTableHoldsWideCodes) {
  const CodeRange out = {0.001f, 0, -32768, 32767};
  const std::vector<int16_t> table =
      unaryTable<int16_t>([](double x) { return x; }, wide, out);
  EXPECT_EQ(table[128], 1500); // (0 + 3) * 0.5 / 0.001
  EXPECT_EQ(table[255], 32767);
  EXPECT_EQ(table[0], -32768);
}

TEST(Unary, PReluIsLinearOnBothSides) {
  UnaryFunction function = preluFunction(0.25f);
  EXPECT_EQ(function(-8), -2);
  EXPECT_EQ(function(8), 8);
  EXPECT_EQ(function(0), 0);
}

} // namespace
