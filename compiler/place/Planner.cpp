// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Greedy placement in an order of blocks, and the search for a good order. The
// problem (dynamic storage allocation) is NP-hard; for the graphs we meet, one
// of the plain orders or a few hundred swaps reach the lower bound.

#include "compiler/place/Planner.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

namespace quench::place {

namespace {

using Order = std::vector<size_t>;

/// Swaps tried by the local search, in all. A trial costs about n^2 / 2 looks
/// at a neighbour, so big instances get fewer.
constexpr int64_t searchWork = 40'000'000;
constexpr int64_t maxTrials = 4000;

/// Numbers that are the same on every machine (std::shuffle is not).
class Random {
public:
  size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<size_t>(state % limit);
  }

private:
  uint64_t state = 0x9e3779b97f4a7c15u;
};

class Greedy {
public:
  explicit Greedy(const std::vector<Block> &blocks) : blocks(blocks) {
    neighbours.resize(blocks.size());
    for (size_t i = 0; i < blocks.size(); ++i)
      for (size_t j = i + 1; j < blocks.size(); ++j)
        if (overlapInTime(blocks[i], blocks[j])) {
          neighbours[i].push_back(j);
          neighbours[j].push_back(i);
        }
  }

  size_t degree(size_t block) const { return neighbours[block].size(); }

  /// Each block, in this order, at the lowest offset where it fits between
  /// those placed before it. Gives up above `limit`, since the caller has a
  /// plan that good.
  int64_t place(const Order &order, std::vector<int64_t> &offsets,
                int64_t limit) {
    offsets.assign(blocks.size(), -1);
    int64_t total = 0;
    for (size_t block : order) {
      const int64_t bytes = alignUp(blocks[block].bytes);
      taken.clear();
      for (size_t other : neighbours[block])
        if (offsets[other] >= 0)
          taken.push_back(
              {offsets[other], offsets[other] + alignUp(blocks[other].bytes)});
      std::sort(taken.begin(), taken.end());
      int64_t offset = 0;
      for (auto [begin, end] : taken) {
        if (begin - offset >= bytes)
          break;
        offset = std::max(offset, end);
      }
      offsets[block] = offset;
      total = std::max(total, offset + bytes);
      if (total >= limit)
        return total;
    }
    return total;
  }

private:
  const std::vector<Block> &blocks;
  std::vector<std::vector<size_t>> neighbours;
  std::vector<std::pair<int64_t, int64_t>> taken;
};

} // namespace

bool overlapInTime(const Block &a, const Block &b) {
  return a.live.first <= b.live.last && b.live.first <= a.live.last;
}

int64_t arenaBound(const std::vector<Block> &blocks) {
  std::map<int64_t, int64_t> change;
  for (const Block &block : blocks) {
    change[block.live.first] += alignUp(block.bytes);
    change[block.live.last + 1] -= alignUp(block.bytes);
  }
  int64_t alive = 0;
  int64_t bound = 0;
  for (auto [step, difference] : change) {
    alive += difference;
    bound = std::max(bound, alive);
  }
  return bound;
}

Arena planArena(const std::vector<Block> &blocks) {
  Arena best;
  best.bound = arenaBound(blocks);
  best.offsets.assign(blocks.size(), 0);

  Order used;
  for (size_t i = 0; i < blocks.size(); ++i)
    if (blocks[i].bytes > 0)
      used.push_back(i);
  if (used.empty())
    return best;

  Greedy greedy(blocks);
  Order bestOrder;
  std::vector<int64_t> offsets;
  auto attempt = [&](const Order &order) {
    const int64_t limit = bestOrder.empty() ? INT64_MAX : best.bytes;
    const int64_t bytes = greedy.place(order, offsets, limit);
    if (bytes >= limit)
      return false;
    best.bytes = bytes;
    best.offsets = offsets;
    bestOrder = order;
    return true;
  };

  // Sorted downwards by each key; the index breaks ties, so runs agree.
  using Key = std::function<int64_t(size_t)>;
  auto bytesOf = [&](size_t i) { return alignUp(blocks[i].bytes); };
  auto stepsOf = [&](size_t i) {
    return blocks[i].live.last - blocks[i].live.first + 1;
  };
  const Key keys[] = {
      bytesOf,
      [&](size_t i) { return bytesOf(i) * stepsOf(i); },
      stepsOf,
      [&](size_t i) { return static_cast<int64_t>(greedy.degree(i)); },
      [&](size_t i) { return -blocks[i].live.first; },
      [&](size_t i) { return blocks[i].live.last; },
  };
  for (const Key &key : keys) {
    Order order = used;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      const int64_t left = key(a), right = key(b);
      return left != right ? left > right : a < b;
    });
    attempt(order);
    if (best.bytes == best.bound)
      break;
  }

  // Local search: move one block to another place in the order, and keep what
  // does not make the arena larger.
  Random random;
  const int64_t n = static_cast<int64_t>(used.size());
  const int64_t trials = std::min(maxTrials, searchWork / (n * n) + 1);
  Order current = bestOrder;
  for (int64_t i = 0; i < trials && best.bytes > best.bound; ++i) {
    Order order = current;
    const size_t from = random.below(used.size());
    const size_t to = random.below(used.size());
    const size_t block = order[from];
    order.erase(order.begin() + static_cast<ptrdiff_t>(from));
    order.insert(order.begin() + static_cast<ptrdiff_t>(to), block);
    const int64_t bytes = greedy.place(order, offsets, best.bytes + 1);
    if (bytes > best.bytes)
      continue;
    current = order;
    if (bytes < best.bytes) {
      best.bytes = bytes;
      best.offsets = offsets;
    }
  }
  // Blocks outside `used` were given -1.
  for (int64_t &offset : best.offsets)
    offset = std::max<int64_t>(offset, 0);
  return best;
}

} // namespace quench::place
