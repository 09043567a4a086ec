// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order with the fewest bytes, against all orders of small random graphs,
// and graphs whose best order is known.

#include "compiler/place/Order.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <random>

using namespace quench::place;
using testing::ElementsAre;

namespace {

struct Graph {
  std::vector<int64_t> bytes;
  std::vector<Task> tasks;
};

/// Adds a task that reads the results of others, all of whose blocks are
/// theirs by number.
void addTask(Graph &graph, int64_t bytes, const std::vector<size_t> &operands,
             int64_t scratch = 0,
             const std::vector<size_t> &mayOverwrite = {}) {
  Task task;
  task.blocks = task.after = operands;
  task.result = graph.tasks.size();
  task.blocks.push_back(task.result);
  task.scratch = scratch;
  task.mayOverwrite = mayOverwrite;
  graph.bytes.push_back(bytes);
  graph.tasks.push_back(task);
}

Graph randomGraph(unsigned seed, size_t count) {
  std::mt19937 random(seed);
  Graph graph;
  for (size_t i = 0; i < count; ++i) {
    std::vector<size_t> operands, mayOverwrite;
    for (size_t j = 0; j < i; ++j)
      if (random() % 3 == 0)
        operands.push_back(j);
    // Few sizes, so that results may take the place of operands.
    const int64_t bytes = 64 * int64_t(1 + random() % 3);
    for (size_t operand : operands)
      if (random() % 2 && graph.bytes[operand] == bytes)
        mayOverwrite.push_back(operand);
    addTask(graph, bytes, operands, 64 * int64_t(random() % 4), mayOverwrite);
  }
  return graph;
}

std::vector<size_t> given(const Graph &graph) {
  std::vector<size_t> order(graph.tasks.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

bool isValid(const Graph &graph, const std::vector<size_t> &order) {
  std::vector<bool> done(graph.tasks.size(), false);
  for (size_t task : order) {
    for (size_t other : graph.tasks[task].after)
      if (!done[other])
        return false;
    done[task] = true;
  }
  return std::find(done.begin(), done.end(), false) == done.end();
}

class RandomGraph : public testing::TestWithParam<unsigned> {};

TEST_P(RandomGraph, NoOrderNeedsFewerBytes) {
  const Graph graph = randomGraph(GetParam(), 7);
  const std::vector<size_t> best = planOrder(graph.bytes, graph.tasks);
  ASSERT_TRUE(isValid(graph, best));
  std::vector<size_t> order = given(graph);
  int64_t least = INT64_MAX;
  do {
    if (isValid(graph, order))
      least = std::min(least, orderBytes(graph.bytes, graph.tasks, order));
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(orderBytes(graph.bytes, graph.tasks, best), least);
}

TEST_P(RandomGraph, IsNeverWorseThanGiven) {
  const Graph graph = randomGraph(GetParam(), 60);
  const std::vector<size_t> best = planOrder(graph.bytes, graph.tasks);
  EXPECT_TRUE(isValid(graph, best));
  EXPECT_LE(orderBytes(graph.bytes, graph.tasks, best),
            orderBytes(graph.bytes, graph.tasks, given(graph)));
  EXPECT_EQ(best, planOrder(graph.bytes, graph.tasks));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraph, testing::Range(1u, 61u));

TEST(Order, BytesOfAChain) {
  Graph graph;
  addTask(graph, 64, {});
  addTask(graph, 128, {0});
  addTask(graph, 64, {1}, /*scratch=*/100);
  // 128 + 64, and scratch in whole lines.
  EXPECT_EQ(orderBytes(graph.bytes, graph.tasks, {0, 1, 2}), 192 + 128);
}

TEST(Order, BranchesRunOneAfterTheOther) {
  // Two branches expand a tensor to ten lines and reduce it to one.
  Graph graph;
  addTask(graph, 64, {});
  addTask(graph, 640, {0});
  addTask(graph, 640, {0});
  addTask(graph, 64, {1});
  addTask(graph, 64, {2});
  addTask(graph, 64, {3, 4});
  EXPECT_THAT(planOrder(graph.bytes, graph.tasks),
              ElementsAre(0, 1, 3, 2, 4, 5));
}

TEST(Order, StaysAsGivenWhereNoneIsBetter) {
  Graph graph;
  addTask(graph, 64, {});
  addTask(graph, 64, {0});
  addTask(graph, 64, {0});
  addTask(graph, 640, {1, 2});
  EXPECT_EQ(planOrder(graph.bytes, graph.tasks), given(graph));
}

TEST(Order, ResultInPlaceOfAnOperandTakesNoBytes) {
  Graph graph;
  addTask(graph, 640, {});
  addTask(graph, 640, {0}, 0, {0});
  EXPECT_EQ(orderBytes(graph.bytes, graph.tasks, {0, 1}), 640);
  // Not while somebody else needs the operand.
  addTask(graph, 64, {0});
  EXPECT_EQ(orderBytes(graph.bytes, graph.tasks, {0, 1, 2}), 1280);
  EXPECT_THAT(planOrder(graph.bytes, graph.tasks), ElementsAre(0, 2, 1));
}

} // namespace
