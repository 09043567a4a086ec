// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Orders of axes of exported tensors.

#include "compiler/export/onnx/Layout.h"

#include "gtest/gtest.h"

using namespace quench::exporter;

namespace {

TEST(ExportLayout, ChannelsFirst) {
  EXPECT_EQ(channelsFirstPerm(4), (Perm{0, 3, 1, 2}));
  EXPECT_EQ(channelsFirstPerm(3), (Perm{0, 2, 1}));
  EXPECT_EQ(channelsFirstPerm(2), (Perm{0, 1}));
}

TEST(ExportLayout, InverseUndoesPermutation) {
  const Perm perm{2, 0, 3, 1};
  const Dims sizes{5, 6, 7, 8};
  EXPECT_EQ(permuted(sizes, perm), (Dims{7, 5, 8, 6}));
  EXPECT_EQ(permuted(permuted(sizes, perm), inversePerm(perm)), sizes);
}

TEST(ExportLayout, AxesAreFoundAndDropped) {
  // The tensor is [N, C, H, W]; H and W of the value are its axes 2 and 3.
  const Perm perm{0, 3, 1, 2};
  EXPECT_EQ(placesOf(perm, {1, 2}), (Dims{2, 3}));
  EXPECT_EQ(placesOf(perm, {3}), (Dims{1}));
  EXPECT_EQ(withoutAxes(perm, {1, 2}), (Perm{0, 1}));
  // [N, C, W] of the value [N, W, C].
  EXPECT_EQ(withoutAxes(perm, {1}), (Perm{0, 2, 1}));
}

TEST(ExportLayout, OnlyAxesOfSizeOneMayLieElsewhere) {
  EXPECT_TRUE(sameBytes({1, 1, 1, 8}, {0, 1, 2, 3}, {0, 3, 1, 2}));
  EXPECT_TRUE(sameBytes({2, 7, 9, 1}, {0, 1, 2, 3}, {0, 3, 1, 2}));
  EXPECT_FALSE(sameBytes({1, 7, 1, 8}, {0, 1, 2, 3}, {0, 3, 1, 2}));
}

TEST(ExportLayout, ReshapeOfTheSameSizesNeedsNoNode) {
  // An importer's [1, 1, 28, 20] -> [1, 28, 20, 1].
  const Perm perm = *reshapedPerm({1, 1, 28, 20}, {0, 1, 2, 3}, {1, 28, 20, 1});
  EXPECT_EQ(permuted(Dims{1, 28, 20, 1}, perm), (Dims{1, 1, 28, 20}));
  EXPECT_EQ(perm, (Perm{0, 3, 1, 2}));
}

TEST(ExportLayout, ReshapeThatDropsAxesKeepsTheBytes) {
  // [1, C, 1, 1] -> [1, C].
  EXPECT_EQ(*reshapedPerm({1, 1, 1, 8}, {0, 3, 1, 2}, {1, 8}), (Perm{0, 1}));
  // [C, H] of the value [H, C]: the bytes lie channels first.
  EXPECT_EQ(*reshapedPerm({1, 7, 1, 8}, {0, 3, 1, 2}, {7, 8}), (Perm{1, 0}));
  // To rank 4, channels first is preferred.
  EXPECT_EQ(*reshapedPerm({7, 8}, {1, 0}, {1, 7, 1, 8}), (Perm{0, 3, 1, 2}));
  EXPECT_EQ(*reshapedPerm({7, 8}, {0, 1}, {1, 7, 1, 8}), (Perm{0, 1, 2, 3}));
}

TEST(ExportLayout, ReshapeThatJoinsAxesIsNone) {
  EXPECT_FALSE(reshapedPerm({1, 7, 9, 8}, {0, 3, 1, 2}, {1, 63, 8}));
  EXPECT_FALSE(reshapedPerm({6, 8}, {0, 1}, {8, 6}));
}

TEST(ExportLayout, ElementsMove) {
  // [2, 3] of two bytes an element, transposed.
  const std::vector<char> bytes{0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15};
  EXPECT_EQ(permutedBytes(bytes, {2, 3}, {1, 0}, 2),
            (std::vector<char>{0, 10, 3, 13, 1, 11, 4, 14, 2, 12, 5, 15}));
  EXPECT_EQ(permutedBytes(bytes, {12}, {0}, 1), bytes);
  // Rank 0.
  EXPECT_EQ(permutedBytes({bytes.data(), 2}, {}, {}, 2),
            (std::vector<char>{0, 10}));
}

} // namespace
