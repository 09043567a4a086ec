// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantized types (docs/spec.md, T1 to T4): what goes into a type comes out of
// it, also through text, bit for bit.

#include "dialects/q/Types.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>
#include <string>

using namespace mlir;
using namespace quench;

namespace {

class Types : public testing::Test {
protected:
  Types() { context.loadDialect<quant::QuantDialect>(); }

  RankedTensorType tensor(ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  }

  Type throughText(Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return parseType(text, &context);
  }

  /// Normal floats of every exponent that `low` and `high` allow.
  float scale(int low = -126, int high = 127) {
    const double mantissa = std::uniform_real_distribution<>(1, 2)(engine);
    const int exponent = std::uniform_int_distribution<>(low, high)(engine);
    // A mantissa that rounds up to 2 would leave the range.
    return std::ldexp(std::min(float(mantissa), 0x1.fffffep0f), exponent);
  }

  MLIRContext context;
  std::mt19937 engine{7};
};

TEST_F(Types, ActivationKeepsItsBits) {
  for (int i = 0; i < 2000; ++i) {
    const float s = scale();
    const int zero = i % 256 - 128;
    Type type = throughText(tensor({2, 3}, q::makeActType(&context, s, zero)));
    ASSERT_TRUE(type && q::isActivation(type)) << s;
    const q::ActParams p = q::actParams(type);
    ASSERT_EQ(p.scale, s);
    ASSERT_EQ(p.zero, zero);
    ASSERT_EQ(p.min, -128);
    ASSERT_EQ(p.max, 127);
    ASSERT_EQ(q::scaleOf(type, 1), s);
    ASSERT_EQ(q::zeroOf(type), zero);
    ASSERT_TRUE(q::storageType(type).isInteger(8));
  }
}

TEST_F(Types, FilterPerAxisKeepsEveryScale) {
  for (int i = 0; i < 200; ++i) {
    std::vector<float> scales(2 + i % 7);
    for (float &s : scales)
      s = scale();
    const int64_t channels = int64_t(scales.size());
    Type filter = throughText(
        tensor({channels, 3}, q::makeFilterType(&context, scales, 0)));
    Type bias =
        throughText(tensor({channels}, q::makeBiasType(&context, scales)));
    ASSERT_TRUE(filter && q::isFilter(filter) && !q::isActivation(filter));
    ASSERT_TRUE(bias && q::isBias(bias) && !q::isFilter(bias));
    for (int64_t oc = 0; oc < channels; ++oc) {
      ASSERT_EQ(q::scaleOf(filter, oc), scales[oc]);
      ASSERT_EQ(q::scaleOf(bias, oc), scales[oc]);
    }
    ASSERT_EQ(q::zeroOf(filter), 0);
    ASSERT_TRUE(q::storageType(bias).isInteger(32));
  }
}

// The fewest of 2, 4 and 8 bits whose numbers contain the storage range.
TEST_F(Types, FilterBitsFollowFromTheRange) {
  const float one[] = {0.5f};
  const struct {
    int low, high, bits;
  } table[] = {
      {-1,   1,   2},
      {-2,   1,   2},
      {0,    1,   2},
      {-1,   2,   4},
      {-3,   1,   4},
      {-7,   7,   4},
      {-8,   7,   4},
      {-8,   8,   8},
      {-9,   7,   8},
      {0,    15,  8},
      {-127, 127, 8},
      {-128, 127, 8}
  };
  for (auto [low, high, bits] : table) {
    Type type = throughText(
        tensor({4, 3}, q::makeFilterType(&context, one, 0, low, high)));
    EXPECT_TRUE(q::isFilter(type));
    EXPECT_EQ(q::filterBits(type), bits) << low << ' ' << high;
    const float scales[] = {0.5f, 0.25f, 2, 1};
    type = throughText(
        tensor({4, 3}, q::makeFilterType(&context, scales, 0, low, high)));
    EXPECT_TRUE(q::isFilter(type));
    EXPECT_EQ(q::filterBits(type), bits) << low << ' ' << high;
  }
}

TEST_F(Types, FilterPerTensorHasAnyZeroPoint) {
  const float one[] = {0.5f};
  Type type = tensor({4, 3}, q::makeFilterType(&context, one, -128, -128, 127));
  EXPECT_TRUE(q::isFilter(type));
  EXPECT_EQ(q::scaleOf(type, 3), 0.5f);
  EXPECT_EQ(q::zeroOf(type), -128);
}

TEST_F(Types, RankAndSizesOfTensors) {
  Type act = q::makeActType(&context, 0.5f, 0);
  EXPECT_TRUE(q::isActivation(tensor({}, act)));
  EXPECT_TRUE(q::isActivation(tensor({1, 1, 1, 1, 1, 1}, act)));
  EXPECT_FALSE(q::isActivation(tensor({1, 1, 1, 1, 1, 1, 1}, act)));
  EXPECT_TRUE(q::isActivation(tensor({2147483647}, act)));
  EXPECT_FALSE(q::isActivation(tensor({2147483648}, act)));
  EXPECT_FALSE(q::isActivation(tensor({65536, 65536}, act)));
  EXPECT_FALSE(q::isActivation(tensor({2, 0}, act)));
  EXPECT_FALSE(q::isActivation(tensor({ShapedType::kDynamic}, act)));
  EXPECT_FALSE(q::isActivation(act));
  EXPECT_FALSE(q::isBias(
      tensor({2, 2}, q::makeBiasType(&context, ArrayRef<float>{0.5f}))));
}

} // namespace
