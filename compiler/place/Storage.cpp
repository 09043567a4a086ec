// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which tensors share bytes. Three rules, and before the last of them the order
// of calls, which the others do not depend on:
//   - a copy to a place that nobody else writes is not needed if its source is
//     written there in the first place (concatenation, model outputs);
//   - nor is one to or from some channels of all pixels, if a convolution makes
//     them or if only convolutions read them;
//   - a result may take the place of an operand of the same size that nobody
//     reads later, where the kernel allows it.

#include "compiler/place/Order.h"
#include "compiler/place/Program.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir;

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

/// Removes copies of whole tensors, backwards, so that model outputs and outer
/// concatenations are decided before what goes into them.
void elideWholeCopies(Program &program) {
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

/// Elements of a pixel where `strides` walk the same channels of all pixels;
/// else 0.
int32_t pixelWidth(const qrt_space &space, const int32_t *strides) {
  if (space.rank < 2)
    return 0;
  const int32_t last = space.rank - 1;
  const int32_t width = strides[last - 1];
  int64_t dense = 1;
  for (int32_t axis = last; axis >= 0; --axis) {
    if (space.size[axis] != 1 && strides[axis] != dense)
      return 0;
    dense *= axis == last ? width : space.size[axis];
  }
  return width >= space.size[last] ? width : 0;
}

/// A copy of the same channels of all pixels, and the elements of a pixel on
/// both sides.
struct ChannelCopy {
  int32_t count, xWidth, yWidth;

  bool xIsDense() const { return xWidth == count; }
  bool yIsDense() const { return yWidth == count; }
};

std::optional<ChannelCopy> channelCopyOf(const qrt_copy &copy) {
  const int32_t xWidth = pixelWidth(copy.space, copy.x_stride);
  const int32_t yWidth = pixelWidth(copy.space, copy.y_stride);
  if (xWidth == 0 || yWidth == 0)
    return std::nullopt;
  return ChannelCopy{copy.space.size[copy.space.rank - 1], xWidth, yWidth};
}

/// A plan addresses inputs and outputs at their start only.
bool liesInSlot(const Program &program, TensorId tensor) {
  return program.tensors[program.rootOf(tensor).first].kind ==
         Tensor::Kind::Slot;
}

bool isWholeSlot(const Program &program, TensorId tensor) {
  const Tensor &one = program.tensors[tensor];
  return one.kind == Tensor::Kind::Slot && !one.parent;
}

/// Pixels of a call that may have gaps between them.
struct Pixels {
  int32_t xChannels, yChannels;
  int32_t *xGap, *yGap;
  size_t xOperand;
};

std::optional<Pixels> pixelsOf(Call &call) {
  if (auto *conv = std::get_if<qrt_conv2d>(&call.problem.params))
    return Pixels{conv->in_c, conv->out_c, &conv->x_gap, &conv->y_gap, 0};
  // x and y come last.
  const size_t x = call.operands.size() - 2;
  if (auto *pool = std::get_if<qrt_pool2d>(&call.problem.params))
    return Pixels{pool->channels, pool->channels, &pool->x_gap, &pool->y_gap,
                  x};
  if (auto *resize = std::get_if<qrt_resize2d>(&call.problem.params))
    return Pixels{resize->channels, resize->channels, &resize->x_gap,
                  &resize->y_gap, x};
  return std::nullopt;
}

/// Who writes and reads a tensor.
struct Users {
  Call *producer = nullptr;
  SmallVector<Call *> readers;
};

/// The users of `tensor` but for `copy`, if its pixels may have gaps for all of
/// them.
std::optional<Users> usersOf(Program &program, const Call &copy,
                             TensorId tensor, int32_t channels) {
  Users users;
  for (Call &call : program.calls)
    for (auto [index, operand] : llvm::enumerate(call.operands)) {
      if (operand.kind != Operand::Kind::Tensor || &call == &copy ||
          program.rootOf(operand.tensor).first != tensor)
        continue;
      const std::optional<Pixels> pixels = pixelsOf(call);
      if (!pixels || operand.tensor != tensor)
        return std::nullopt;
      if (operand.written) {
        // A residual has the gaps of the result.
        if (users.producer || call.problem.hasResidual ||
            pixels->yChannels != channels)
          return std::nullopt;
        users.producer = &call;
      } else {
        if (index != pixels->xOperand || pixels->xChannels != channels)
          return std::nullopt;
        users.readers.push_back(&call);
      }
    }
  return users;
}

/// Lets the users of a tensor have the pixels of `part`, which are `width`
/// elements apart, instead.
void moveUsers(const Users &users, TensorId part, const ChannelCopy &channels,
               int32_t width) {
  const int32_t gap = width - channels.count;
  if (users.producer) {
    *pixelsOf(*users.producer)->yGap = gap;
    users.producer->operands.back().tensor = part;
  }
  for (Call *reader : users.readers) {
    const Pixels pixels = *pixelsOf(*reader);
    *pixels.xGap = gap;
    reader->operands[pixels.xOperand].tensor = part;
  }
}

/// A tensor like `part` for the bytes of `target` from `offset` on.
TensorId addPart(Program &program, TensorId target, int64_t offset,
                 Tensor part) {
  part.kind = Tensor::Kind::Slot;
  part.channelShape = part.shape;
  part.shape = {(program.tensors[target].bytes() - offset) /
                elementBytes(part.element)};
  part.parent = target;
  part.offset = offset;
  program.tensors.push_back(std::move(part));
  return program.tensors.size() - 1;
}

/// Lets the result that `copy` takes be where that goes, for all its users.
/// Returns whether the copy is not needed then.
bool writeChannels(Program &program, const Call &copy,
                   const ChannelCopy &channels) {
  const auto &params = std::get<qrt_copy>(copy.problem.params);
  const TensorId source = copy.operands[0].tensor;
  const TensorId target = copy.operands[1].tensor;
  if (!channels.xIsDense() || params.x_offset != 0 ||
      !isWholeSlot(program, source) || !liesInSlot(program, target))
    return false;
  const auto users = usersOf(program, copy, source, channels.count);
  if (!users || !users->producer)
    return false;
  const TensorId part =
      addPart(program, target, int64_t{params.y_offset} * params.element_bytes,
              program.tensors[source]);
  moveUsers(*users, part, channels, channels.yWidth);
  return true;
}

/// Lets the channels that `copy` cuts out be read where they are. Returns
/// whether the copy is not needed then.
bool readChannels(Program &program, const Call &copy,
                  const ChannelCopy &channels) {
  const auto &params = std::get<qrt_copy>(copy.problem.params);
  const TensorId source = copy.operands[0].tensor;
  const TensorId cut = copy.operands[1].tensor;
  if (!channels.yIsDense() || params.y_offset != 0 ||
      !isWholeSlot(program, cut) || !liesInSlot(program, source))
    return false;
  const auto users = usersOf(program, copy, cut, channels.count);
  if (!users || users->producer)
    return false;
  const TensorId part =
      addPart(program, source, int64_t{params.x_offset} * params.element_bytes,
              program.tensors[cut]);
  moveUsers(*users, part, channels, channels.xWidth);
  return true;
}

/// Removes copies of channels.
void elideChannelCopies(Program &program) {
  llvm::SmallDenseSet<TensorId> targets;
  for (size_t i = program.calls.size(); i-- > 0;) {
    const Call &call = program.calls[i];
    const auto *params = std::get_if<qrt_copy>(&call.problem.params);
    const auto channels = params ? channelCopyOf(*params) : std::nullopt;
    if (!channels)
      continue;
    if (writeChannels(program, call, *channels))
      targets.insert(call.operands[1].tensor);
    else if (!readChannels(program, call, *channels))
      continue;
    program.calls.erase(program.calls.begin() + static_cast<ptrdiff_t>(i));
  }
  // Who writes parts beside those has a part too: none owns all bytes.
  for (Call &call : program.calls)
    for (Operand &operand : call.operands)
      if (operand.kind == Operand::Kind::Tensor && operand.written &&
          targets.contains(operand.tensor))
        operand.tensor = addPart(program, operand.tensor, 0,
                                 program.tensors[operand.tensor]);
}

} // namespace

void elideCopies(Program &program) {
  elideWholeCopies(program);
  elideChannelCopies(program);
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

namespace {

/// The bytes of a root that a call touches.
struct Access {
  TensorId root;
  int64_t begin, end;
  bool written;

  bool mustFollow(const Access &earlier) const {
    return root == earlier.root && (written || earlier.written) &&
           begin < earlier.end && earlier.begin < end;
  }
};

SmallVector<Access> accessesOf(const Program &program, const Call &call) {
  SmallVector<Access> accesses;
  for (const Operand &operand : call.operands)
    if (operand.kind == Operand::Kind::Tensor) {
      auto [root, begin] = program.rootOf(operand.tensor);
      accesses.push_back({root, begin,
                          begin + program.tensors[operand.tensor].bytes(),
                          operand.written});
    }
  return accesses;
}

} // namespace

std::vector<size_t> orderCalls(Program &program,
                               llvm::ArrayRef<int64_t> scratch) {
  std::vector<int64_t> bytes(program.tensors.size(), 0);
  for (auto [id, tensor] : llvm::enumerate(program.tensors))
    if (tensor.kind == Tensor::Kind::Slot && !tensor.parent)
      bytes[id] = tensor.bytes();
  std::vector<SmallVector<Access>> accesses;
  std::vector<Task> tasks;
  for (auto [call, callScratch] : llvm::zip_equal(program.calls, scratch)) {
    accesses.push_back(accessesOf(program, call));
    Task task;
    task.scratch = callScratch;
    for (const Access &access : accesses.back())
      if (!llvm::is_contained(task.blocks, access.root))
        task.blocks.push_back(access.root);
    for (size_t other = 0; other < tasks.size(); ++other)
      if (llvm::any_of(accesses.back(), [&](const Access &access) {
            return llvm::any_of(accesses[other], [&](const Access &earlier) {
              return access.mustFollow(earlier);
            });
          }))
        task.after.push_back(other);
    const TensorId result = call.operands.back().tensor;
    task.result = program.rootOf(result).first;
    for (TensorId operand : call.mayOverwrite)
      if (!readsTwice(program, call, operand))
        task.mayOverwrite.push_back(program.rootOf(operand).first);
    tasks.push_back(std::move(task));
  }
  std::vector<size_t> order = planOrder(bytes, tasks);
  std::vector<Call> calls;
  for (size_t before : order)
    calls.push_back(std::move(program.calls[before]));
  program.calls = std::move(calls);
  return order;
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
      blocks[id] = {tensor.bytes(), roots[id]};
  }
  for (auto [step, bytes] : llvm::enumerate(scratch)) {
    const auto at = static_cast<int64_t>(step);
    blocks.push_back(Block{
        bytes, Steps{at, at}
    });
  }
  return blocks;
}

} // namespace quench::place
