// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions over any set of axes against index arithmetic.

#include "Oracle.h"

#include "gtest/gtest.h"

using namespace quench;

namespace {

struct ReduceCase {
  const char *name;
  std::vector<int32_t> shape;
  std::vector<bool> reduced;
};

class Reduce : public testing::TestWithParam<ReduceCase> {
protected:
  qrt_reduce p{};
  std::vector<int8_t> x;
  std::vector<std::vector<int64_t>> groups; // codes of each output

  void SetUp() override {
    const ReduceCase &c = GetParam();
    size_t count = 1, outputs = 1;
    std::vector<int32_t> stride(c.shape.size());
    for (size_t axis = c.shape.size(); axis-- > 0;) {
      stride[axis] = static_cast<int32_t>(count);
      count *= size_t(c.shape[axis]);
    }
    for (size_t axis = 0; axis < c.shape.size(); ++axis) {
      qrt_space &space = c.reduced[axis] ? p.inner : p.outer;
      int32_t *strides = c.reduced[axis] ? p.inner_stride : p.outer_stride;
      strides[space.rank] = stride[axis];
      space.size[space.rank++] = c.shape[axis];
      outputs *= c.reduced[axis] ? 1 : size_t(c.shape[axis]);
    }
    x = oracle::Random(17).codes(count, -128, 126);
    groups.resize(outputs);
    for (size_t i = 0; i < count; ++i) {
      size_t output = 0;
      for (size_t axis = 0; axis < c.shape.size(); ++axis)
        if (!c.reduced[axis])
          output = output * size_t(c.shape[axis]) +
                   i / size_t(stride[axis]) % size_t(c.shape[axis]);
      groups[output].push_back(x[i]);
    }
    p.in_zero = -9;
    p.out = {5, -128, 127};
  }
};

TEST_P(Reduce, Sum) {
  oracle::Disagreements told;
  for (float mul : {0x1p-2f, 0x1p-5f, 0.0131f}) {
    p.mul = mul;
    std::vector<int8_t> y(groups.size());
    qrt_ref_reduce_sum_s8(&p, x.data(), y.data());
    for (size_t i = 0; i < y.size(); ++i) {
      int64_t sum = 0;
      for (int64_t code : groups[i])
        sum += code - p.in_zero;
      ASSERT_EQ(y[i], oracle::requantize(sum, mul, p.out)) << "output " << i;
      told.count(sum, mul, p.out);
    }
  }
  if (groups.size() >= 20) {
    EXPECT_TELLS_ROUNDINGS_APART(told);
  }
}

TEST_P(Reduce, Max) {
  std::vector<int8_t> y(groups.size());
  qrt_ref_reduce_max_s8(&p, x.data(), y.data());
  for (size_t i = 0; i < y.size(); ++i)
    ASSERT_EQ(y[i], *std::max_element(groups[i].begin(), groups[i].end()));
  // Negative codes only.
  for (int8_t &code : x)
    code = static_cast<int8_t>((code - 127) / 2);
  qrt_ref_reduce_max_s8(&p, x.data(), y.data());
  for (size_t i = 0; i < y.size(); ++i) {
    int64_t max = *std::max_element(groups[i].begin(), groups[i].end());
    ASSERT_EQ(y[i], (max - 127) / 2);
  }
}

std::string caseName(const testing::TestParamInfo<ReduceCase> &info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Axes, Reduce,
    testing::Values(
        ReduceCase{
            "global", {2, 5, 7, 64},
             {0, 1, 1, 0 }
},
        ReduceCase{"last", {3, 4, 5, 9}, {0, 0, 0, 1}},
        ReduceCase{"first", {9, 4, 5}, {1, 0, 0}},
        ReduceCase{"middle", {4, 9, 11}, {0, 1, 0}},
        ReduceCase{"alternating", {3, 4, 5, 6, 7}, {1, 0, 1, 0, 1}},
        ReduceCase{"rankSix", {2, 3, 2, 5, 3, 2}, {0, 1, 1, 0, 0, 1}},
        ReduceCase{"all", {6, 8}, {1, 1}}, ReduceCase{"vector", {50}, {1}}),
    caseName);

class ReduceOneAxis : public Reduce {};

// Few different codes, so that nearly every group has ties.
TEST_P(ReduceOneAxis, ArgMax) {
  for (int8_t &code : x)
    code = static_cast<int8_t>(code / 64);
  std::vector<int64_t> first(groups.size()), last(groups.size());
  qrt_ref_arg_max_s8(&p, /*select_last=*/0, x.data(), first.data());
  qrt_ref_arg_max_s8(&p, /*select_last=*/1, x.data(), last.data());
  bool ties = false;
  for (size_t i = 0; i < groups.size(); ++i) {
    std::vector<int64_t> group;
    for (int64_t code : groups[i])
      group.push_back(code / 64);
    auto forward = std::max_element(group.begin(), group.end());
    auto backward = std::max_element(group.rbegin(), group.rend());
    ASSERT_EQ(first[i], forward - group.begin());
    ASSERT_EQ(last[i], group.rend() - backward - 1);
    ties |= first[i] != last[i];
  }
  EXPECT_TRUE(ties);
}

INSTANTIATE_TEST_SUITE_P(Axes, ReduceOneAxis,
                         testing::Values(
                             ReduceCase{
                                 "last", {3, 4, 5, 9},
                                  {0, 0, 0, 1}
},
                             ReduceCase{"first", {9, 4, 5}, {1, 0, 0}},
                             ReduceCase{"middle", {4, 9, 11}, {0, 1, 0}},
                             ReduceCase{"vector", {50}, {1}}),
                         caseName);

} // namespace
