// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search for groups: of all runs of calls with the lowest bands that cost
// little, those that give the smallest arena; then bands as tall as it allows.

#include "compiler/place/Bands.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <tuple>

namespace quench::place {

namespace {

/// Estimated cycles that a group may cost more than its calls one by one.
constexpr double largestSlowdown = 1.03;
/// Of a call besides its kernel's: the parameters of a band.
constexpr double cyclesPerCall = 60;
/// Of moving rows to the front of a window.
constexpr double bytesPerCycle = 16;
/// Arenas that bands make smaller by less are left alone.
constexpr double smallestGain = 0.03;
/// Calls of a group, to bound the search.
constexpr size_t longestGroup = 16;

//===----------------------------------------------------------------------===//
// Rows of one call
//===----------------------------------------------------------------------===//

template <typename Struct>
Rows::Window windowOf(const Struct &p) {
  return {p.stride_h, int64_t{p.kernel_h - 1} * p.dilation_h + 1, p.pad_top};
}

/// What row r of `operand` is read for: the window of a convolution or pooling,
/// else row r.
Rows::Window windowOf(const Call &call, size_t operand) {
  if (operand == 0) {
    if (const auto *conv = std::get_if<qrt_conv2d>(&call.problem.params))
      return windowOf(*conv);
    if (const auto *pool = std::get_if<qrt_pool2d>(&call.problem.params))
      return windowOf(*pool);
  }
  return {};
}

bool isRowOp(kernels::Op op) {
  using kernels::Op;
  static constexpr Op ops[] = {
      Op::Conv2D,       Op::MaxPool2D,  Op::AvgPool2D,   Op::MaxPool2DF32,
      Op::AvgPool2DF32, Op::Add,        Op::Mul,         Op::Lut,
      Op::Interpolate,  Op::Requantize, Op::QuantizeF32, Op::Dequantize};
  return llvm::is_contained(ops, op);
}

/// Elements of a row of a tensor [1][H][W][C]; 0 for others.
int64_t rowElements(const Tensor &tensor) {
  return tensor.shape.size() == 4 && tensor.shape[0] == 1
             ? tensor.shape[2] * tensor.shape[3]
             : 0;
}

std::optional<Rows> rowsOf(const Program &program, const Call &call,
                           const kernels::Kernel &kernel) {
  if (!isRowOp(call.problem.op))
    return std::nullopt;
  const Tensor &result = program.tensors[call.operands.back().tensor];
  const std::vector<kernels::Split> splits =
      kernels::splitsOf(kernel, call.problem);
  if (splits.empty() || rowElements(result) == 0)
    return std::nullopt;
  // The first is along the outermost axis.
  const kernels::Split &split = splits.front();
  Rows rows;
  rows.count = result.shape[1];
  if (rows.count < 2 || split.count % rows.count != 0)
    return std::nullopt;
  rows.axis = split.axis;
  rows.items = split.count / rows.count;
  const kernels::SplitRow &row =
      *kernels::findSplit(call.problem.op, split.axis);
  const auto second = static_cast<int32_t>(rows.items);
  for (size_t i = 0; i < call.operands.size(); ++i) {
    rows.windows.emplace_back();
    const Operand &operand = call.operands[i];
    if (operand.kind != Operand::Kind::Tensor || row.moves[i].empty())
      continue;
    const int64_t elements = rowElements(program.tensors[operand.tensor]);
    const Rows::Window window = windowOf(call, i);
    if (elements == 0 || window.pad < 0 || window.pad >= window.size)
      continue;
    // Others than windows move by a row with the result.
    const bool isRow = window.size > 1 || window.stride > 1 ||
                       row.move(call.problem.params, split,
                                {second, 2 * second}, row.moves[i]) == elements;
    if (isRow)
      rows.windows.back() = window;
  }
  return rows;
}

//===----------------------------------------------------------------------===//
// One group
//===----------------------------------------------------------------------===//

/// How the calls of a group would run.
struct Group {
  Steps steps;
  std::vector<kernels::Bands> bands; // by call
  std::vector<int64_t> scratch;      // bytes, by call
  std::vector<std::pair<TensorId, Tensor::Window>> windows;
  /// Rows that each of those has.
  std::vector<int64_t> rows;
  /// Most bytes that live at a step, with those of tensors outside.
  int64_t bytes = 0;
};

/// Rows of a tensor that the readers of a group ask for.
struct Demand {
  int64_t step, ahead, before;
};

class Search {
public:
  Search(Program &program, llvm::ArrayRef<std::vector<Chosen>> chosen,
         int32_t threads);

  void run();

private:
  std::optional<Group> groupOf(Steps steps, int64_t height) const;
  bool demand(llvm::DenseMap<TensorId, Demand> &demands, const Call &call,
              int64_t step, int64_t ahead) const;
  bool addWindow(Group &group, TensorId id, const Demand &demand) const;
  std::optional<int64_t>
  scratchOf(const Call &call, const std::vector<Chosen> &kernels,
            const std::optional<kernels::Bands> &bands) const;
  bool addScratch(Group &group) const;
  bool isCheap(const Group &group) const;

  /// The group with the lowest bands that are cheap.
  std::optional<Group> lowest(Steps steps) const;
  /// What lives at each step with these groups.
  std::vector<int64_t> liveBytes(const std::vector<Group> &groups);
  void apply(const std::vector<Group> &groups);
  void findCandidates(const std::vector<int64_t> &live);
  int64_t smallestArena(const std::vector<int64_t> &live) const;
  std::vector<Group> fewest(const std::vector<int64_t> &live,
                            int64_t limit) const;
  void relax(std::vector<Group> &groups, int64_t arena);

  Program &program;
  llvm::ArrayRef<std::vector<Chosen>> chosen;
  int32_t threads;
  std::vector<int64_t> scratch; // bytes, of calls without bands
  std::vector<Steps> live;      // of tensors without bands
  std::vector<int64_t> writers; // calls that write a tensor
  llvm::DenseSet<TensorId> parents;
  std::vector<std::optional<Rows>> rows; // by call
  /// By last call.
  std::vector<std::vector<Group>> candidates;
};

Search::Search(Program &program, llvm::ArrayRef<std::vector<Chosen>> chosen,
               int32_t threads)
    : program(program), chosen(chosen), threads(threads),
      live(lifetimes(program)), writers(program.tensors.size()) {
  for (auto [call, kernels] : llvm::zip_equal(program.calls, chosen)) {
    rows.push_back(rowsOf(program, call, *kernels.front().kernel));
    // A call may be too small to be cut for the kernel of another target.
    for (const Chosen &one : kernels)
      if (rows.back() &&
          !kernels::splitAlong(*one.kernel, call.problem, rows.back()->axis))
        rows.back().reset();
    scratch.push_back(*scratchOf(call, kernels, std::nullopt));
    for (const Operand &operand : call.operands)
      if (operand.kind == Operand::Kind::Tensor && operand.written)
        ++writers[operand.tensor];
  }
  for (const Tensor &tensor : program.tensors)
    if (tensor.parent)
      parents.insert(*tensor.parent);
}

/// Adds what a call reads of tensors for bands of `step` rows; false where two
/// readers go at different speeds.
bool Search::demand(llvm::DenseMap<TensorId, Demand> &demands, const Call &call,
                    int64_t step, int64_t ahead) const {
  const Rows &own = *rows[static_cast<size_t>(&call - program.calls.data())];
  for (auto [index, window] : llvm::enumerate(own.windows)) {
    if (!window || call.operands[index].written)
      continue;
    const Demand next = {
        step * window->stride,
        std::max<int64_t>(0, (ahead - 1) * window->stride + window->size -
                                 window->pad),
        std::max<int64_t>(0, window->pad - ahead * window->stride)};
    auto [entry, isNew] = demands.insert({call.operands[index].tensor, next});
    Demand &all = entry->second;
    if (!isNew && all.step != next.step)
      return false;
    all.ahead = std::max(all.ahead, next.ahead);
    all.before = std::max(all.before, next.before);
  }
  return true;
}

/// Whether only some rows of a tensor need to exist, and then its window.
bool Search::addWindow(Group &group, TensorId id, const Demand &demand) const {
  const Tensor &tensor = program.tensors[id];
  const int64_t height = demand.step + demand.ahead + demand.before;
  if (tensor.kind != Tensor::Kind::Slot || tensor.parent ||
      parents.contains(id) || writers[id] != 1 ||
      live[id].first < group.steps.first || live[id].last > group.steps.last ||
      height >= tensor.shape[1])
    return false;
  group.windows.push_back({
      id, {demand.step, demand.before, tensor.shape[1]}
  });
  group.rows.push_back(height);
  return true;
}

/// The calls `steps` in bands of `height` rows of the last one's result.
std::optional<Group> Search::groupOf(Steps steps, int64_t height) const {
  Group group;
  group.steps = steps;
  const auto last = static_cast<size_t>(steps.last);
  const auto number = static_cast<int64_t>(
      llvm::divideCeil(uint64_t(rows[last]->count), uint64_t(height)));
  llvm::DenseMap<TensorId, Demand> demands;
  llvm::DenseMap<TensorId, TensorId> written; // by root
  for (size_t step = last + 1; step-- > static_cast<size_t>(steps.first);) {
    const Call &call = program.calls[step];
    const Rows &own = *rows[step];
    const TensorId result = call.operands.back().tensor;
    Demand needed{height, 0, 0};
    if (step != last) {
      auto found = demands.find(result);
      if (found == demands.end())
        return std::nullopt;
      needed = found->second;
    }
    // No band is empty, and all of them together compute all rows, or those
    // that somebody reads.
    if ((number - 1) * needed.step + needed.ahead >= own.count)
      return std::nullopt;
    const bool isWindow = step != last && addWindow(group, result, needed);
    // Rows that are kept must not be moved onto themselves.
    if (isWindow && needed.ahead + needed.before > needed.step)
      return std::nullopt;
    if (!isWindow && number * needed.step + needed.ahead < own.count)
      return std::nullopt;
    written[program.rootOf(result).first] = result;
    if (!demand(demands, call, needed.step, needed.ahead))
      return std::nullopt;
    auto items = [&](int64_t rows) {
      return static_cast<int32_t>(rows * own.items);
    };
    group.bands.push_back({static_cast<int32_t>(number), own.axis,
                           items(own.count), items(needed.step),
                           items(needed.ahead)});
  }
  std::reverse(group.bands.begin(), group.bands.end());
  // What the group writes it reads by rows, and of no other view.
  for (auto step = steps.first; step <= steps.last; ++step)
    for (auto [index, operand] :
         llvm::enumerate(program.calls[size_t(step)].operands)) {
      if (operand.kind != Operand::Kind::Tensor || operand.written)
        continue;
      auto found = written.find(program.rootOf(operand.tensor).first);
      if (found != written.end() && (found->second != operand.tensor ||
                                     !rows[size_t(step)]->windows[index]))
        return std::nullopt;
    }
  if (!addScratch(group))
    return std::nullopt;
  return group;
}

/// On the target that needs most; nothing if a kernel does not accept a band.
std::optional<int64_t>
Search::scratchOf(const Call &call, const std::vector<Chosen> &kernels,
                  const std::optional<kernels::Bands> &bands) const {
  size_t bytes = 0;
  for (const Chosen &one : kernels) {
    const auto split = kernels::sharedSplit(*one.kernel, call.problem, bands,
                                            one.cost, threads);
    const auto needed =
        kernels::scratchBytes(*one.kernel, call.problem, split, bands, threads);
    if (!needed)
      return std::nullopt;
    bytes = std::max(bytes, *needed);
  }
  return static_cast<int64_t>(bytes);
}

/// False if a kernel does not accept a band.
bool Search::addScratch(Group &group) const {
  for (auto [index, bands] : llvm::enumerate(group.bands)) {
    const size_t step = static_cast<size_t>(group.steps.first) + index;
    const auto bytes = scratchOf(program.calls[step], chosen[step], bands);
    if (!bytes)
      return false;
    group.scratch.push_back(*bytes);
  }
  return true;
}

bool Search::isCheap(const Group &group) const {
  for (size_t target = 0; target < chosen.front().size(); ++target) {
    double whole = 0, banded = 0;
    for (auto [index, bands] : llvm::enumerate(group.bands)) {
      const size_t step = static_cast<size_t>(group.steps.first) + index;
      const kernels::Problem &problem = program.calls[step].problem;
      const Chosen &one = chosen[step][target];
      whole += kernels::sharedCost(*one.kernel, problem, one.cost, threads);
      auto cycles = [&, &bands = bands](int32_t band) {
        const kernels::Problem part = kernels::bandOf(problem, bands, band);
        return kernels::sharedCost(*one.kernel, part,
                                   one.kernel->cost(part, *one.target), threads,
                                   bands.axis) +
               cyclesPerCall;
      };
      banded +=
          cycles(0) + cycles(1) * (bands.number - 2) + cycles(bands.number - 1);
    }
    for (auto [window, height] : llvm::zip_equal(group.windows, group.rows)) {
      const Tensor &tensor = program.tensors[window.first];
      const int64_t kept = height - window.second.step;
      banded += double(tensor.bytes() / tensor.shape[1] * kept) *
                group.bands.front().number / bytesPerCycle;
    }
    if (banded > largestSlowdown * whole)
      return false;
  }
  return true;
}

std::optional<Group> Search::lowest(Steps steps) const {
  const int64_t count = rows[static_cast<size_t>(steps.last)]->count;
  int64_t last = 0;
  for (int64_t number = count; number > 1; --number) {
    const auto height = static_cast<int64_t>(
        llvm::divideCeil(uint64_t(count), uint64_t(number)));
    if (height == last)
      continue;
    last = height;
    if (auto group = groupOf(steps, height); group && isCheap(*group))
      return group;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

void Search::apply(const std::vector<Group> &groups) {
  program.groups.clear();
  for (size_t step = 0; step < program.calls.size(); ++step) {
    program.calls[step].rows = rows[step];
    program.calls[step].bands.reset();
  }
  for (const Group &group : groups) {
    program.groups.push_back(group.steps);
    for (auto [index, bands] : llvm::enumerate(group.bands))
      program.calls[static_cast<size_t>(group.steps.first) + index].bands =
          bands;
    for (auto [window, height] : llvm::zip_equal(group.windows, group.rows)) {
      program.tensors[window.first].window = window.second;
      program.tensors[window.first].shape[1] = height;
    }
  }
}

std::vector<int64_t> Search::liveBytes(const std::vector<Group> &groups) {
  const std::vector<Tensor> tensors = program.tensors;
  apply(groups);
  overwriteOperands(program);
  std::vector<int64_t> bytes = scratch;
  for (const Group &group : groups)
    std::copy(group.scratch.begin(), group.scratch.end(),
              bytes.begin() + group.steps.first);
  std::vector<int64_t> result(program.calls.size());
  for (const Block &block : blocksOf(program, bytes))
    for (int64_t step = block.live.first; step <= block.live.last; ++step)
      result[static_cast<size_t>(step)] += alignUp(block.bytes);
  program.tensors = tensors;
  return result;
}

int64_t largest(const std::vector<int64_t> &live) {
  return *std::max_element(live.begin(), live.end());
}

/// The groups that are cheap. What lives in one does not depend on others: what
/// those have of their own does not live here.
void Search::findCandidates(const std::vector<int64_t> &live) {
  // No arena is smaller than what lives at a call that has no rows.
  int64_t floor = 0;
  for (auto [step, bytes] : llvm::enumerate(live))
    if (!rows[step])
      floor = std::max(floor, bytes);
  candidates.resize(rows.size());
  for (size_t first = 0; first < rows.size(); ++first) {
    int64_t most = 0;
    for (size_t last = first;
         last < rows.size() && rows[last] && last - first < longestGroup;
         ++last) {
      most = std::max(most, live[last]);
      if (last == first || most <= floor)
        continue;
      auto group = lowest({int64_t(first), int64_t(last)});
      if (!group)
        continue;
      const std::vector<int64_t> inside = liveBytes({*group});
      const auto begin = inside.begin();
      group->bytes = *std::max_element(begin + ptrdiff_t(first),
                                       begin + ptrdiff_t(last) + 1);
      if (group->bytes < most)
        candidates[last].push_back(std::move(*group));
    }
  }
}

/// The smallest arena, where each call is alone or in one of the candidates.
int64_t Search::smallestArena(const std::vector<int64_t> &live) const {
  std::vector<int64_t> arena = {0}; // of the first calls
  for (size_t step = 0; step < live.size(); ++step) {
    int64_t best = std::max(arena[step], live[step]);
    for (const Group &group : candidates[step])
      best = std::min(best,
                      std::max(arena[size_t(group.steps.first)], group.bytes));
    arena.push_back(best);
  }
  return arena.back();
}

/// The groups of the fewest calls that keep the arena within `limit`.
std::vector<Group> Search::fewest(const std::vector<int64_t> &live,
                                  int64_t limit) const {
  struct Best {
    int64_t calls;
    const Group *last; // or null: the last call is alone
  };
  constexpr int64_t never = INT32_MAX;
  std::vector<Best> best = {
      {0, nullptr}
  };
  for (size_t step = 0; step < live.size(); ++step) {
    Best next{live[step] <= limit ? best[step].calls : never, nullptr};
    for (const Group &group : candidates[step]) {
      const int64_t calls = best[size_t(group.steps.first)].calls +
                            static_cast<int64_t>(group.bands.size());
      if (group.bytes <= limit && calls < next.calls)
        next = {calls, &group};
    }
    best.push_back(next);
  }
  std::vector<Group> groups;
  for (size_t end = live.size(); end > 0;) {
    const Group *group = best[end].last;
    if (group)
      groups.insert(groups.begin(), *group);
    end = group ? static_cast<size_t>(group->steps.first) : end - 1;
  }
  return groups;
}

/// Makes bands taller where the arena stays within `limit`.
void Search::relax(std::vector<Group> &groups, int64_t limit) {
  for (Group &group : groups) {
    const Group low = group;
    const int64_t count = rows[static_cast<size_t>(low.steps.last)]->count;
    for (int64_t number = 2; number < low.bands.front().number; ++number) {
      auto taller = groupOf(low.steps, static_cast<int64_t>(llvm::divideCeil(
                                           uint64_t(count), uint64_t(number))));
      if (!taller || !isCheap(*taller))
        continue;
      group = std::move(*taller);
      if (largest(liveBytes(groups)) <= limit)
        break;
      group = low;
    }
  }
}

void Search::run() {
  const std::vector<int64_t> live = liveBytes({});
  if (live.empty())
    return;
  findCandidates(live);
  const int64_t arena = smallestArena(live);
  std::vector<Group> groups = fewest(live, arena);
  const int64_t limit = std::max(arena, largest(liveBytes(groups)));
  if (double(limit) > (1 - smallestGain) * double(largest(live)))
    groups.clear();
  relax(groups, limit);
  apply(groups);
}

} // namespace

void chooseBands(Program &program, llvm::ArrayRef<std::vector<Chosen>> chosen,
                 int32_t threads) {
  Search(program, chosen, threads).run();
}

} // namespace quench::place
