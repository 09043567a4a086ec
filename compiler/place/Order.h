// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of calls decides how many bytes live at once. Plain C++ without
// MLIR, like the planner.

#ifndef QUENCH_COMPILER_PLACE_ORDER_H
#define QUENCH_COMPILER_PLACE_ORDER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quench::place {

/// A call, as far as memory sees it. A block lives from the first task that
/// touches it to the last.
struct Task {
  /// Blocks it reads or writes, each once.
  std::vector<size_t> blocks;
  /// Tasks that must come before it.
  std::vector<size_t> after;
  /// Bytes it needs while it runs.
  int64_t scratch = 0;
  /// The block it writes, and those of the same size that it may write over if
  /// no other task needs them any more.
  size_t result = 0;
  std::vector<size_t> mayOverwrite;
};

/// Most bytes alive at a step when tasks run in `order`.
int64_t orderBytes(const std::vector<int64_t> &blockBytes,
                   const std::vector<Task> &tasks,
                   const std::vector<size_t> &order);

/// The order of `tasks` with the fewest bytes alive at its worst step; the
/// given order, which must be a valid one, where none is better. Exact by
/// branch and bound for graphs as narrow as neural networks are, else the best
/// of a fixed number of steps of the search. Deterministic.
std::vector<size_t> planOrder(const std::vector<int64_t> &blockBytes,
                              const std::vector<Task> &tasks);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_ORDER_H
