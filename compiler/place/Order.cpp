// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Best-first search over sets of tasks that have run: what lives after a set
// does not depend on the order within it, so the first complete set taken from
// the queue has the least peak of all orders. One rule keeps the search small:
// a task that needs no more than the peak so far and leaves no more bytes alive
// than it found runs at once, since no order is better for waiting with it (the
// longer it waits, the fewer blocks it starts and the more it ends).

#include "compiler/place/Order.h"

#include "compiler/place/Planner.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <set>

namespace quench::place {

namespace {

/// Sets looked at before the search is given up. Networks need a few hundred.
constexpr size_t maxStates = 2000;

struct State {
  std::vector<bool> done;
  /// In the order they ran.
  std::vector<size_t> order;
  /// By block: tasks that touch it and have not run.
  std::vector<size_t> left;
  int64_t alive = 0;
  int64_t peak = 0;
};

class Search {
public:
  Search(const std::vector<int64_t> &blockBytes, const std::vector<Task> &tasks)
      : tasks(tasks), uses(blockBytes.size(), 0) {
    for (int64_t size : blockBytes)
      bytes.push_back(alignUp(size));
    for (const Task &task : tasks)
      for (size_t block : task.blocks)
        ++uses[block];
  }

  State start() const {
    return {std::vector<bool>(tasks.size(), false), {}, uses, 0, 0};
  }

  bool isReady(const State &state, size_t task) const {
    return !state.done[task] &&
           std::all_of(tasks[task].after.begin(), tasks[task].after.end(),
                       [&](size_t other) { return state.done[other]; });
  }

  /// Bytes alive while a task runs, and after it.
  struct Effect {
    int64_t during, after;
  };

  Effect effectOf(const State &state, const Task &task) const {
    int64_t started = 0, ended = 0;
    for (size_t block : task.blocks) {
      started += state.left[block] == uses[block] ? bytes[block] : 0;
      ended += state.left[block] == 1 ? bytes[block] : 0;
    }
    int64_t during = state.alive + started + alignUp(task.scratch);
    // A result that takes the place of an operand starts no bytes.
    const bool isNew = state.left[task.result] == uses[task.result];
    for (size_t block : task.mayOverwrite)
      if (isNew && state.left[block] == 1 && block != task.result &&
          bytes[block] == bytes[task.result]) {
        during -= bytes[block];
        break;
      }
    return {during, state.alive + started - ended};
  }

  void run(State &state, size_t index) const {
    const Task &task = tasks[index];
    const Effect effect = effectOf(state, task);
    state.peak = std::max(state.peak, effect.during);
    state.alive = effect.after;
    for (size_t block : task.blocks)
      --state.left[block];
    state.done[index] = true;
    state.order.push_back(index);
  }

  /// Runs what costs nothing until nothing does.
  void runFree(State &state) const {
    for (bool again = true; again;) {
      again = false;
      for (size_t task = 0; task < tasks.size(); ++task) {
        if (!isReady(state, task))
          continue;
        const Effect effect = effectOf(state, tasks[task]);
        if (effect.during > state.peak || effect.after > state.alive)
          continue;
        run(state, task);
        again = true;
      }
    }
  }

  /// What the hungriest task needs by itself, in whatever order.
  int64_t bound() const {
    int64_t most = 0;
    for (const Task &task : tasks) {
      int64_t needs = alignUp(task.scratch);
      for (size_t block : task.blocks)
        needs += bytes[block];
      if (!task.mayOverwrite.empty())
        needs -= bytes[task.result];
      most = std::max(most, needs);
    }
    return most;
  }

private:
  const std::vector<Task> &tasks;
  std::vector<int64_t> bytes;
  std::vector<size_t> uses;
};

} // namespace

int64_t orderBytes(const std::vector<int64_t> &blockBytes,
                   const std::vector<Task> &tasks,
                   const std::vector<size_t> &order) {
  const Search search(blockBytes, tasks);
  State state = search.start();
  for (size_t task : order)
    search.run(state, task);
  return state.peak;
}

std::vector<size_t> planOrder(const std::vector<int64_t> &blockBytes,
                              const std::vector<Task> &tasks) {
  std::vector<size_t> given(tasks.size());
  std::iota(given.begin(), given.end(), 0);
  const int64_t limit = orderBytes(blockBytes, tasks, given);
  const Search search(blockBytes, tasks);
  if (search.bound() >= limit)
    return given;

  // Of equal peaks, the set with more tasks, then the older one.
  struct Entry {
    State state;
    size_t age;
    bool operator<(const Entry &other) const {
      if (state.peak != other.state.peak)
        return state.peak > other.state.peak;
      if (state.order.size() != other.state.order.size())
        return state.order.size() < other.state.order.size();
      return age > other.age;
    }
  };
  std::priority_queue<Entry> queue;
  std::set<std::vector<bool>> seen;
  size_t age = 0;
  queue.push({search.start(), age++});
  while (!queue.empty() && seen.size() < maxStates) {
    State state = queue.top().state;
    queue.pop();
    search.runFree(state);
    if (state.order.size() == tasks.size())
      return state.order;
    if (!seen.insert(state.done).second)
      continue;
    for (size_t task = 0; task < tasks.size(); ++task) {
      if (!search.isReady(state, task))
        continue;
      State next = state;
      search.run(next, task);
      if (next.peak < limit)
        queue.push({std::move(next), age++});
    }
  }
  return given;
}

} // namespace quench::place
