// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Static memory planning: blocks with lifetimes get offsets in one arena. Plain
// C++ without MLIR; what shares bytes (views, in-place results) is one block
// here, joined by the caller.

#ifndef QUENCH_COMPILER_PLACE_PLANNER_H
#define QUENCH_COMPILER_PLACE_PLANNER_H

#include <cstdint>
#include <vector>

namespace quench::place {

/// Every offset is a multiple of this: a cache line, an AVX-512 vector
/// (QRT_ARENA_ALIGNMENT).
inline constexpr int64_t arenaAlignment = 64;

constexpr int64_t alignUp(int64_t bytes) {
  return (bytes + arenaAlignment - 1) / arenaAlignment * arenaAlignment;
}

/// A range of steps, both ends included.
struct Steps {
  int64_t first;
  int64_t last;
};

/// Bytes that must stay in one place while they live.
struct Block {
  int64_t bytes;
  Steps live;
};

/// Whether the two are alive at a common step.
bool overlapInTime(const Block &a, const Block &b);

struct Arena {
  /// One per block, multiples of arenaAlignment. Empty blocks get 0.
  std::vector<int64_t> offsets;
  /// Exact size: the largest end of a block, each rounded up to 64.
  int64_t bytes = 0;
  /// Most bytes alive at one step; no arena can be smaller.
  int64_t bound = 0;
};

/// Lower bound of any arena for these blocks.
int64_t arenaBound(const std::vector<Block> &blocks);

/// Places all blocks such that those alive together do not overlap. Tries
/// greedy placement in several orders, then improves the best order by local
/// search with a fixed seed until the bound or a fixed number of trials is
/// reached. Deterministic.
Arena planArena(const std::vector<Block> &blocks);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_PLANNER_H
