// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Strided walks against nested loops.

#include "compiler/interpret/Kernel.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace quench::interpret;
using testing::ElementsAre;

namespace {

/// Every pair of offsets, in order.
std::vector<std::pair<int64_t, int64_t>> walk(SizesRef sizes, SizesRef a,
                                              SizesRef b) {
  std::vector<std::pair<int64_t, int64_t>> visited;
  walkRows(sizes, a, b,
           [&](int64_t ai, int64_t bi, int64_t length, int64_t aStep,
               int64_t bStep) {
             for (int64_t i = 0; i < length; ++i)
               visited.push_back({ai + i * aStep, bi + i * bStep});
           });
  return visited;
}

TEST(WalkRows, VisitsEveryElementInOrder) {
  const int64_t sizes[] = {2, 1, 3, 4};
  const int64_t strides[][4] = {
      {12,  12, 4, 1},
      {0,   0,  1, 0},
      {-12, 0,  4, 1},
      {1,   0,  2, 6},
      {0,   0,  0, 0}
  };
  for (const auto &a : strides)
    for (const auto &b : strides) {
      std::vector<std::pair<int64_t, int64_t>> expected;
      for (int64_t i = 0; i < 2; ++i)
        for (int64_t j = 0; j < 3; ++j)
          for (int64_t k = 0; k < 4; ++k)
            expected.push_back({i * a[0] + j * a[2] + k * a[3],
                                i * b[0] + j * b[2] + k * b[3]});
      EXPECT_EQ(walk(sizes, a, b), expected);
    }
}

TEST(WalkRows, DenseOperandsAreOneRow) {
  unsigned rows = 0;
  walkRows({2, 3, 4}, {12, 4, 1}, {12, 4, 1},
           [&](int64_t, int64_t, int64_t length, int64_t, int64_t) {
             ++rows;
             EXPECT_EQ(length, 24);
           });
  EXPECT_EQ(rows, 1u);
}

TEST(WalkRows, ScalarIsOneElementAndEmptyIsNone) {
  EXPECT_EQ(walk({}, {}, {}).size(), 1u);
  EXPECT_EQ(walk({2, 0}, {0, 1}, {0, 1}).size(), 0u);
}

TEST(Strides, BroadcastAxesStandStill) {
  EXPECT_THAT(broadcastStrides({3, 1}, {2, 3, 4}), ElementsAre(0, 1, 0));
  EXPECT_THAT(broadcastStrides({}, {2, 3}), ElementsAre(0, 0));
  EXPECT_THAT(denseStrides({2, 3, 4}), ElementsAre(12, 4, 1));
}

TEST(Gather, OutsideIsFilled) {
  Gather gather;
  gather.offsets = {
      {2, outside},
      {outside, 0, 1}
  };
  gather.fill = 9;
  const float x[] = {1, 2, 3, 4};
  float y[6];
  gather.run(x, y);
  EXPECT_THAT(y, ElementsAre(9, 3, 4, 9, 9, 9));
}

} // namespace
