// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Addition, multiplication and tables of int8 codes: every pair of codes, and
// broadcasting against index arithmetic.

#include "Oracle.h"

#include "gtest/gtest.h"

#include <array>

using namespace quench;

namespace {

// Rows a = -128 .. 127, columns b = -128 .. 127, both broadcast.
struct AllPairs {
  std::vector<int8_t> codes;
  AllPairs() {
    for (int code = -128; code <= 127; ++code)
      codes.push_back(static_cast<int8_t>(code));
  }
};

// qrt_add for y = a + sign * b, as the compiler derives it (kernels.h).
qrt_add addOf(double sa, double sb, double sy, int sign, int aZero, int bZero,
              int yZero) {
  int shift = 22;
  while (shift > 0 && std::max(sa, sb) / sy * std::ldexp(1.0, shift) > 0x1p22)
    --shift;
  auto fixed = [&](double ratio) {
    return static_cast<int32_t>(std::nearbyint(ratio * std::ldexp(1.0, shift)));
  };
  return {
      aZero,
      bZero,
      fixed(sa / sy),
      sign * fixed(sb / sy),
      static_cast<float>(std::ldexp(1.0, -shift)),
      {yZero, -128, 127}
  };
}

struct AddCase {
  const char *name;
  double sa, sb, sy;
  int sign, aZero, bZero, yZero;
};

class AddAllPairs : public testing::TestWithParam<AddCase> {};

TEST_P(AddAllPairs, EqualsOracle) {
  const AddCase &c = GetParam();
  AllPairs pairs;
  qrt_add_nd p{};
  p.space = {
      2, {256, 256}
  };
  p.a_stride[0] = 1, p.b_stride[1] = 1;
  p.add = addOf(c.sa, c.sb, c.sy, c.sign, c.aZero, c.bZero, c.yZero);
  std::vector<int8_t> y(65536);
  qrt_ref_add_s8(&p, pairs.codes.data(), pairs.codes.data(), y.data());
  oracle::Disagreements told;
  int farFromReal = 0;
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b) {
      int64_t acc = int64_t(a - c.aZero) * p.add.a_mul +
                    int64_t(b - c.bZero) * p.add.b_mul;
      size_t at = size_t(a + 128) * 256 + size_t(b + 128);
      ASSERT_EQ(y[at], oracle::requantize(acc, p.add.scale, p.add.out))
          << a << ", " << b;
      told.count(acc, p.add.scale, p.add.out);
      double real = ((a - c.aZero) * c.sa + c.sign * (b - c.bZero) * c.sb);
      farFromReal +=
          std::abs(oracle::toCode(std::nearbyint(real / c.sy), p.add.out) -
                   y[at]) > 1;
    }
  EXPECT_EQ(farFromReal, 0);
  EXPECT_GT(told.truncated, 0);
  if (c.sa == 0.5 * c.sy) { // ties
    EXPECT_TELLS_ROUNDINGS_APART(told);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Scales, AddAllPairs,
    testing::Values(AddCase{"halves", 0.5, 0.5, 1, 1, 0, 0, 1},
                    AddCase{"halfMinusQuarter", 0.5, 0.25, 1, -1, 3, -7, -3},
                    AddCase{"halfPlusThree", 0.5, 3, 1, 1, -128, 127, 5},
                    AddCase{"arbitrary", 0.0173, 0.0411, 0.0502, 1, -12, 9, 4},
                    AddCase{"minus", 0.031, 0.0077, 0.0301, -1, 50, -60, 7},
                    AddCase{"unequal", 1e-4, 0.9, 0.91, 1, 0, 0, 0},
                    AddCase{"growing", 0.7, 0.9, 0.047, 1, 1, 2, 3}),
    [](const auto &info) { return std::string(info.param.name); });

struct MulCase {
  const char *name;
  float mul;
  int aZero, bZero, yZero;
  bool ties;
};

class MulAllPairs : public testing::TestWithParam<MulCase> {};

TEST_P(MulAllPairs, EqualsOracle) {
  const MulCase &c = GetParam();
  AllPairs pairs;
  qrt_mul_nd p{};
  p.space = {
      2, {256, 256}
  };
  p.a_stride[0] = 1, p.b_stride[1] = 1;
  p.a_zero = c.aZero, p.b_zero = c.bZero;
  p.mul = c.mul;
  p.out = {c.yZero, -128, 127};
  std::vector<int8_t> y(65536);
  qrt_ref_mul_s8(&p, pairs.codes.data(), pairs.codes.data(), y.data());
  oracle::Disagreements told;
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b) {
      int64_t acc = int64_t(a - c.aZero) * (b - c.bZero);
      ASSERT_EQ(y[size_t(a + 128) * 256 + size_t(b + 128)],
                oracle::requantize(acc, c.mul, p.out))
          << a << ", " << b;
      told.count(acc, c.mul, p.out);
    }
  EXPECT_GT(told.truncated, 0);
  if (c.ties) {
    EXPECT_TELLS_ROUNDINGS_APART(told);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Scales, MulAllPairs,
    testing::Values(MulCase{"quarter", 0.25f, 0, 0, 1, true},
                    MulCase{"ties", 0x1p-7f, -3, 5, -7, true},
                    MulCase{"arbitrary", 0.00731f, 127, -128, 11, false}),
    [](const auto &info) { return std::string(info.param.name); });

// Shapes of two operands, broadcast to a common one; strides as NumPy has them.
struct BroadcastCase {
  const char *name;
  std::vector<int32_t> a, b;
};

class Broadcast : public testing::TestWithParam<BroadcastCase> {
protected:
  std::vector<int32_t> sizes, aStride, bStride;
  size_t count = 1, aCount = 1, bCount = 1;

  void SetUp() override {
    const BroadcastCase &c = GetParam();
    size_t rank = c.a.size();
    sizes.resize(rank), aStride.resize(rank), bStride.resize(rank);
    for (size_t axis = rank; axis-- > 0;) {
      sizes[axis] = std::max(c.a[axis], c.b[axis]);
      aStride[axis] = c.a[axis] == 1 ? 0 : int32_t(aCount);
      bStride[axis] = c.b[axis] == 1 ? 0 : int32_t(bCount);
      aCount *= size_t(c.a[axis]);
      bCount *= size_t(c.b[axis]);
      count *= size_t(sizes[axis]);
    }
  }

  template <typename Params>
  void fill(Params &p) {
    p.space.rank = static_cast<int32_t>(sizes.size());
    std::copy(sizes.begin(), sizes.end(), p.space.size);
    std::copy(aStride.begin(), aStride.end(), p.a_stride);
    std::copy(bStride.begin(), bStride.end(), p.b_stride);
  }

  // Offset in an operand of element `index` of the result.
  size_t offset(size_t index, const std::vector<int32_t> &stride) {
    size_t result = 0;
    for (size_t axis = sizes.size(); axis-- > 0;) {
      result += index % size_t(sizes[axis]) * size_t(stride[axis]);
      index /= size_t(sizes[axis]);
    }
    return result;
  }
};

TEST_P(Broadcast, AddAndMulReadTheRightElements) {
  oracle::Random random(5);
  std::vector<int8_t> a = random.codes(aCount), b = random.codes(bCount);
  qrt_add_nd add{};
  qrt_mul_nd mul{};
  fill(add);
  fill(mul);
  add.add = addOf(0.5, 0.75, 1, 1, 2, -3, 1);
  mul.a_zero = 4, mul.b_zero = -5, mul.mul = 0x1p-6f;
  mul.out = {7, -128, 127};
  std::vector<int8_t> sum(count), product(count);
  qrt_ref_add_s8(&add, a.data(), b.data(), sum.data());
  qrt_ref_mul_s8(&mul, a.data(), b.data(), product.data());
  for (size_t i = 0; i < count; ++i) {
    int64_t x = a[offset(i, aStride)], z = b[offset(i, bStride)];
    ASSERT_EQ(sum[i], oracle::requantize((x - 2) * add.add.a_mul +
                                             (z + 3) * add.add.b_mul,
                                         add.add.scale, add.add.out))
        << "element " << i;
    ASSERT_EQ(product[i],
              oracle::requantize((x - 4) * (z + 5), mul.mul, mul.out))
        << "element " << i;
  }
  if (aCount != count)
    return;
  // `a` is not broadcast: the result may take its place.
  std::vector<int8_t> inPlace = a;
  qrt_ref_add_s8(&add, inPlace.data(), b.data(), inPlace.data());
  EXPECT_EQ(inPlace, sum);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Broadcast,
    testing::Values(
        BroadcastCase{
            "dense", {2, 3, 4, 5},
             {2, 3, 4, 5}
},
        BroadcastCase{"scalar", {2, 3, 4, 5}, {1, 1, 1, 1}},
        BroadcastCase{"channels", {2, 3, 4, 5}, {1, 1, 1, 5}},
        BroadcastCase{"squeezeExcite", {2, 3, 4, 5}, {2, 1, 1, 5}},
        BroadcastCase{"rows", {2, 3, 4, 5}, {1, 3, 1, 1}},
        BroadcastCase{"both", {2, 1, 4, 1}, {1, 3, 1, 5}},
        BroadcastCase{"rankSix", {2, 1, 3, 1, 2, 4}, {2, 3, 1, 2, 1, 4}},
        BroadcastCase{"ones", {1, 1}, {1, 1}}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Broadcast, RankZeroIsOneElement) {
  qrt_add_nd p{};
  p.add = addOf(1, 1, 1, 1, 0, 0, 0);
  int8_t a = 3, b = 4, y[2] = {0, 99};
  qrt_ref_add_s8(&p, &a, &b, y);
  EXPECT_EQ(y[0], 7);
  EXPECT_EQ(y[1], 99);
}

TEST(Broadcast, EmptySpaceWritesNothing) {
  qrt_add_nd p{};
  p.space.rank = 2;
  p.a_stride[0] = 1, p.b_stride[0] = 1; // the axes cannot become one
  int8_t a[3] = {1, 2, 3}, b[3] = {4, 5, 6}, y[3] = {99, 99, 99};
  for (int32_t empty : {0, 1}) {
    p.space.size[empty] = 0;
    p.space.size[1 - empty] = 3;
    qrt_ref_add_s8(&p, a, b, y);
    for (int8_t code : y)
      EXPECT_EQ(code, 99) << "axis " << empty;
  }
}

TEST(Lut, EveryCodeInPlace) {
  oracle::Random random(6);
  std::vector<int8_t> table = random.codes(256), x = AllPairs().codes;
  qrt_lut p{256, 1};
  qrt_ref_lut_s8(&p, x.data(), table.data(), x.data());
  EXPECT_EQ(x, table);
}

TEST(Lut, OneTableForEachChannel) {
  oracle::Random random(8);
  const int32_t channels = 3, pixels = 50;
  std::vector<int8_t> table = random.codes(256 * channels);
  std::vector<int8_t> x = random.codes(size_t(channels) * pixels);
  std::vector<int8_t> y(x.size());
  qrt_lut p{channels * pixels, channels};
  qrt_ref_lut_s8(&p, x.data(), table.data(), y.data());
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(y[i], table[i % 3 * 256 + size_t(x[i] + 128)]) << i;
}

} // namespace
