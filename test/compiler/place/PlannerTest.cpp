// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties of the memory planner on random instances, and small instances
// whose best arena is known.

#include "compiler/place/Planner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <random>

using namespace quench::place;
using testing::Each;

namespace {

Block block(int64_t bytes, int64_t first, int64_t last) {
  return {
      bytes, {first, last}
  };
}

/// Everything an arena promises, whatever the blocks are.
void expectValid(const std::vector<Block> &blocks, const Arena &arena) {
  ASSERT_EQ(arena.offsets.size(), blocks.size());
  EXPECT_GE(arena.bytes, arena.bound);
  int64_t end = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(arena.offsets[i] % arenaAlignment, 0) << "block " << i;
    EXPECT_GE(arena.offsets[i], 0) << "block " << i;
    if (blocks[i].bytes == 0)
      continue;
    end = std::max(end, arena.offsets[i] + alignUp(blocks[i].bytes));
    for (size_t j = 0; j < i; ++j) {
      if (!overlapInTime(blocks[i], blocks[j]))
        continue;
      const bool apart =
          arena.offsets[i] + blocks[i].bytes <= arena.offsets[j] ||
          arena.offsets[j] + blocks[j].bytes <= arena.offsets[i];
      EXPECT_TRUE(apart) << "blocks " << i << " and " << j;
    }
  }
  EXPECT_EQ(arena.bytes, end) << "the size is exact";
}

/// A graph-like instance: most blocks live for a step or two, a few for long.
std::vector<Block> randomBlocks(unsigned seed, int count) {
  std::mt19937 random(seed);
  auto below = [&](int limit) {
    return static_cast<int64_t>(random() % limit);
  };
  std::vector<Block> blocks;
  for (int i = 0; i < count; ++i) {
    const int64_t length = below(4) ? below(3) : below(count);
    blocks.push_back(block(below(1 << (4 + below(12))), i, i + length));
  }
  return blocks;
}

class RandomInstance : public testing::TestWithParam<unsigned> {};

TEST_P(RandomInstance, IsPlacedWithoutOverlap) {
  const std::vector<Block> blocks =
      randomBlocks(GetParam(), 1 + static_cast<int>(GetParam() * 7 % 90));
  expectValid(blocks, planArena(blocks));
}

TEST_P(RandomInstance, IsPlacedTheSameTwice) {
  const std::vector<Block> blocks = randomBlocks(GetParam(), 60);
  EXPECT_EQ(planArena(blocks).offsets, planArena(blocks).offsets);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomInstance, testing::Range(1u, 41u));

TEST(Planner, NothingNeedsNothing) {
  const Arena arena = planArena({});
  EXPECT_EQ(arena.bytes, 0);
  EXPECT_EQ(arena.bound, 0);
}

TEST(Planner, EmptyBlocksTakeNoRoom) {
  const Arena arena = planArena({block(0, 0, 9), block(1, 3, 3)});
  EXPECT_EQ(arena.bytes, 64);
  EXPECT_THAT(arena.offsets, Each(0));
}

TEST(Planner, ChainTakesTheLargestNeighbours) {
  // A chain needs two tensors at a time: 300 + 200 at step 2.
  const std::vector<Block> blocks = {block(64, 0, 1), block(192, 1, 2),
                                     block(320, 2, 3), block(128, 3, 4)};
  const Arena arena = planArena(blocks);
  expectValid(blocks, arena);
  EXPECT_EQ(arena.bound, 512);
  EXPECT_EQ(arena.bytes, 512);
}

TEST(Planner, LifetimesThatTouchInOneStepDoNotShare) {
  const Arena arena = planArena({block(64, 0, 1), block(64, 1, 2)});
  EXPECT_EQ(arena.bytes, 128);
}

TEST(Planner, LifetimesThatDoNotTouchShare) {
  const Arena arena = planArena({block(64, 0, 1), block(64, 2, 3)});
  EXPECT_EQ(arena.bytes, 64);
}

TEST(Planner, SizesAreRoundedToLines) {
  const Arena arena = planArena({block(1, 0, 0), block(65, 0, 0)});
  EXPECT_EQ(arena.bytes, 64 + 128);
}

// Every plain order ends one line above the bound (found by trying random
// instances); moving a block in the order reaches it.
TEST(Planner, SearchFindsWhatPlainOrdersMiss) {
  const std::vector<Block> blocks = {block(3 * 64, 1, 3), block(5 * 64, 0, 2),
                                     block(2 * 64, 5, 8), block(4 * 64, 4, 7),
                                     block(1 * 64, 3, 4), block(2 * 64, 3, 6)};
  const Arena arena = planArena(blocks);
  expectValid(blocks, arena);
  EXPECT_EQ(arena.bytes, arena.bound);
}

TEST(Planner, ThousandBlocks) {
  const std::vector<Block> blocks = randomBlocks(3, 1000);
  expectValid(blocks, planArena(blocks));
}

} // namespace
