// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties of layouts: a planned reshape of a permuted value holds the same
// elements as the ONNX reshape of the value in ONNX order.

#include "compiler/import/onnx/Movement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace quench::importer;
using testing::ElementsAre;

namespace {

HostTensor ramp(DimsRef shape) {
  HostTensor tensor(DType::I32, shape);
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.setInt(i, i);
  return tensor;
}

std::vector<int32_t> values(const HostTensor &tensor) {
  return tensor.values<int32_t>();
}

/// All factorizations of `count` into at most `rank` sizes, ones included.
void shapesOf(int64_t count, size_t rank, Dims &prefix,
              std::vector<Dims> &shapes) {
  if (count == 1)
    shapes.push_back(prefix);
  if (prefix.size() == rank)
    return;
  for (int64_t size = 1; size <= count; ++size)
    if (count % size == 0) {
      prefix.push_back(size);
      shapesOf(count / size, rank, prefix, shapes);
      prefix.pop_back();
    }
}

TEST(Layout, PlannedReshapeKeepsElements) {
  std::vector<Dims> shapes;
  Dims prefix;
  shapesOf(12, 4, prefix, shapes);
  int64_t planned = 0;
  for (const Dims &from : shapes)
    for (const Dims &to : shapes) {
      Perm perm = identityPerm(from.size());
      do {
        std::optional<ReshapePlan> plan = planReshape(from, perm, to);
        if (!plan)
          continue;
        ++planned;
        const HostTensor tensor = ramp(from);
        const HostTensor physical =
            transposed(tensor, perm).reshaped(plan->physical);
        ASSERT_EQ(permuted(to, plan->perm), plan->physical);
        ASSERT_EQ(values(transposed(physical, inversePerm(plan->perm))),
                  values(tensor))
            << toString(from) << " in " << toString(perm) << " to "
            << toString(to);
      } while (std::next_permutation(perm.begin(), perm.end()));
    }
  EXPECT_GT(planned, 10000);
}

// In ONNX order every reshape is possible; otherwise only where the axes that
// it joins lie together.
TEST(Layout, ReshapePlanExistsWhereAxesStayTogether) {
  const Perm nhwc = channelsLastPerm(4);
  EXPECT_THAT(nhwc, ElementsAre(0, 2, 3, 1));
  EXPECT_TRUE(planReshape({2, 3, 4, 5}, identityPerm(4), {6, 20}));
  EXPECT_FALSE(planReshape({2, 3, 4, 5}, nhwc, {2, 60}));
  std::optional<ReshapePlan> joined =
      planReshape({2, 3, 4, 5}, nhwc, {2, 3, 20});
  ASSERT_TRUE(joined);
  EXPECT_THAT(joined->physical, ElementsAre(2, 20, 3));
  EXPECT_THAT(joined->perm, ElementsAre(0, 2, 1));
  // A pooled picture: no order is left to respect.
  EXPECT_TRUE(planReshape({2, 3, 1, 1}, nhwc, {2, 3}));
}

TEST(Layout, ConversionComposes) {
  const Perm from = {0, 2, 3, 1}, to = {3, 0, 1, 2};
  const HostTensor tensor = ramp({2, 3, 4, 5});
  EXPECT_EQ(values(transposed(transposed(tensor, from), conversion(from, to))),
            values(transposed(tensor, to)));
}

TEST(Layout, OnlyUnitAxesMove) {
  EXPECT_TRUE(sameElementOrder({1, 1, 8, 8}, identityPerm(4), {0, 2, 3, 1}));
  EXPECT_FALSE(sameElementOrder({1, 3, 8, 8}, identityPerm(4), {0, 2, 3, 1}));
}

TEST(HostTensor, SizesDoNotOverflow) {
  const int64_t large = int64_t(1) << 40;
  EXPECT_EQ(elementCount({2, 3}), 6);
  EXPECT_EQ(elementCount({}), 1);
  EXPECT_EQ(elementCount({large, large}), std::nullopt);
  EXPECT_EQ(elementCount({2, -1}), std::nullopt);
  EXPECT_EQ(elementCount({large, 0}), 0);
}

TEST(HostTensor, ConversionsAreDefined) {
  HostTensor ints(DType::I8, {3});
  ints.setDouble(0, 1e300); // saturates as int64, then wraps
  ints.setDouble(1, std::nan(""));
  ints.setInt(2, 200);
  EXPECT_THAT(ints.ints(), ElementsAre(-1, 0, -56));
  HostTensor half(DType::F16, {2});
  half.setDouble(0, 1.0 + 1.0 / 4096); // rounds to even
  half.setDouble(1, 65536);
  EXPECT_EQ(half.asDouble(0), 1);
  EXPECT_EQ(half.asDouble(1), std::numeric_limits<double>::infinity());
}

} // namespace
