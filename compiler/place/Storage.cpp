// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which tensors share bytes. Two rules, both a move of a whole arena slot into
// another tensor:
//   - a copy to a place that nobody else writes is not needed if its source is
//     written there in the first place (concatenation, model outputs);
//   - a result may take the place of an operand of the same size that nobody
//     reads later, where the kernel allows it.

#include "compiler/place/Program.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace quench::place {

namespace {

int64_t elementBytes(mlir::Type type) {
  return type.getIntOrFloatBitWidth() / 8;
}

/// Whether all of slot `from` may move to byte `offset` of `target`. Inputs and
/// outputs are plain pointers of the caller: a plan addresses their start only.
bool canMove(const Program &program, TensorId from, TensorId target,
             int64_t offset) {
  if (program.tensors[from].kind != Tensor::Kind::Slot ||
      program.tensors[from].parent)
    return false;
  auto [root, base] = program.rootOf(target);
  if (root == from)
    return false;
  const Tensor::Kind kind = program.tensors[root].kind;
  if (kind == Tensor::Kind::Slot)
    return true;
  if (kind != Tensor::Kind::Output || base + offset != 0)
    return false;
  for (TensorId id = 0; id < program.tensors.size(); ++id)
    if (auto [itsRoot, itsOffset] = program.rootOf(id);
        itsRoot == from && itsOffset != 0)
      return false;
  return true;
}

void move(Program &program, TensorId from, TensorId target, int64_t offset) {
  program.tensors[from].parent = target;
  program.tensors[from].offset = offset;
}

} // namespace

/// Backwards, so that model outputs and outer concatenations are decided before
/// what goes into them.
void elideCopies(Program &program) {
  for (size_t i = program.calls.size(); i-- > 0;) {
    const Call &call = program.calls[i];
    if (!call.destination)
      continue;
    const TensorId source = call.operands[0].tensor;
    const TensorId target = call.operands[1].tensor;
    auto [root, offset] = program.rootOf(source);
    if (offset != 0 ||
        program.tensors[root].bytes() != program.tensors[source].bytes() ||
        !canMove(program, root, target, *call.destination))
      continue;
    move(program, root, target, *call.destination);
    program.calls.erase(program.calls.begin() + static_cast<ptrdiff_t>(i));
  }
}

namespace {

/// Whether the call reads the bytes of `operand` through another parameter too:
/// a convolution must not overwrite the residual that is also its input. A sum
/// or product of a tensor with itself reads each element before it writes it.
bool readsTwice(const Program &program, const Call &call, TensorId operand) {
  const TensorId root = program.rootOf(operand).first;
  int64_t uses = 0;
  for (const Operand &other : call.operands) {
    if (other.kind != Operand::Kind::Tensor || other.written ||
        program.rootOf(other.tensor).first != root)
      continue;
    if (other.tensor != operand)
      return true;
    ++uses;
  }
  using kernels::Op;
  static constexpr Op elementwise[] = {Op::Add, Op::Mul, Op::AddF32, Op::SubF32,
                                       Op::MulF32};
  return uses > 1 && !llvm::is_contained(elementwise, call.problem.op);
}

/// Whether no call reads `root` behind `step`; in other bands, the calls of its
/// group may.
bool diesAt(const Program &program, const std::vector<Steps> &live,
            TensorId root, size_t step) {
  const Steps group = program.groupOf(step);
  if (live[root].last != group.last)
    return false;
  for (auto later = step + 1; later <= static_cast<size_t>(group.last); ++later)
    for (const Operand &operand : program.calls[later].operands)
      if (operand.kind == Operand::Kind::Tensor &&
          program.rootOf(operand.tensor).first == root)
        return false;
  return true;
}

/// Whether later bands leave alone what a band has overwritten: nothing of it
/// is read again.
bool canOverwriteInBands(const Program &program, size_t step, TensorId operand,
                         TensorId result) {
  const Call &call = program.calls[step];
  if (!call.bands)
    return true;
  const Tensor &from = program.tensors[operand];
  const Tensor &to = program.tensors[result];
  if (from.window || to.window)
    return from.window && to.window && from.window->step == from.shape[1] &&
           to.window->step == to.shape[1];
  const TensorId root = program.rootOf(operand).first;
  for (size_t at = program.groupOf(step).first; at <= step; ++at) {
    const Call &reader = program.calls[at];
    for (auto [index, other] : llvm::enumerate(reader.operands)) {
      if (other.kind != Operand::Kind::Tensor ||
          program.rootOf(other.tensor).first != root)
        continue;
      const std::optional<Rows::Window> &window = reader.rows->windows[index];
      if (other.written || other.tensor != operand || !window)
        return false;
      // The first row that a band reads, and the end of what is written by
      // then.
      const int64_t first = reader.rowsAhead() * window->stride - window->pad;
      if (first < call.rowsAhead())
        return false;
    }
  }
  return true;
}

} // namespace

int64_t overwriteOperands(Program &program) {
  int64_t count = 0;
  std::vector<Steps> live = rootLifetimes(program);
  for (size_t step = 0; step < program.calls.size(); ++step) {
    const Call &call = program.calls[step];
    const TensorId result = call.operands.back().tensor;
    for (TensorId operand : call.mayOverwrite) {
      auto [root, offset] = program.rootOf(operand);
      const int64_t bytes = program.tensors[result].bytes();
      if (offset != 0 || program.tensors[root].bytes() != bytes ||
          !diesAt(program, live, root, step) ||
          readsTwice(program, call, operand) ||
          !canOverwriteInBands(program, step, operand, result) ||
          !canMove(program, root, result, 0))
        continue;
      const TensorId target = program.rootOf(result).first;
      move(program, root, result, 0);
      live[target].first = std::min(live[target].first, live[root].first);
      ++count;
      break;
    }
  }
  return count;
}

int64_t Tensor::bytes() const {
  int64_t count = elementBytes(element);
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::pair<TensorId, int64_t> Program::rootOf(TensorId id) const {
  int64_t offset = 0;
  while (tensors[id].parent) {
    offset += tensors[id].offset;
    id = *tensors[id].parent;
  }
  return {id, offset};
}

Steps Program::groupOf(size_t step) const {
  const auto at = static_cast<int64_t>(step);
  for (const Steps &group : groups)
    if (group.first <= at && at <= group.last)
      return group;
  return {at, at};
}

std::vector<Steps> lifetimes(const Program &program) {
  std::vector<Steps> live(program.tensors.size(), Steps{0, -1});
  for (size_t step = 0; step < program.calls.size(); ++step) {
    const Steps group = program.groupOf(step);
    for (const Operand &operand : program.calls[step].operands) {
      if (operand.kind != Operand::Kind::Tensor)
        continue;
      Steps &steps = live[operand.tensor];
      if (steps.last < 0)
        steps.first = group.first;
      steps.last = group.last;
    }
  }
  return live;
}

std::vector<Steps> rootLifetimes(const Program &program) {
  const std::vector<Steps> live = lifetimes(program);
  std::vector<Steps> roots(live.size(), Steps{0, -1});
  for (TensorId id = 0; id < live.size(); ++id) {
    if (live[id].last < 0)
      continue;
    Steps &root = roots[program.rootOf(id).first];
    root = root.last < 0 ? live[id]
                         : Steps{std::min(root.first, live[id].first),
                                 std::max(root.last, live[id].last)};
  }
  return roots;
}

std::vector<Block> blocksOf(const Program &program,
                            llvm::ArrayRef<int64_t> scratch) {
  const std::vector<Steps> roots = rootLifetimes(program);
  std::vector<Block> blocks(program.tensors.size());
  for (TensorId id = 0; id < program.tensors.size(); ++id) {
    const Tensor &tensor = program.tensors[id];
    if (tensor.kind == Tensor::Kind::Slot && !tensor.parent &&
        roots[id].last >= 0)
      blocks[id] = {tensor.bytes(), {roots[id]}};
  }
  Block shared{0, {}};
  for (auto [step, bytes] : llvm::enumerate(scratch)) {
    if (bytes == 0)
      continue;
    const auto at = static_cast<int64_t>(step);
    shared.bytes = std::max(shared.bytes, bytes);
    shared.live.push_back({at, at});
  }
  blocks.push_back(std::move(shared));
  return blocks;
}

} // namespace quench::place
