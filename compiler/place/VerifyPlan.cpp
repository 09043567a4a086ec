// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// verify-plan: every promise a placed model makes to the emitter. A plan may
// come from a file, so nothing here trusts `place`.

#include "compiler/place/Extent.h"
#include "compiler/place/Fields.h"
#include "compiler/place/Passes.h"
#include "compiler/place/Planner.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <algorithm>
#include <map>

using namespace mlir;

namespace quench::place {

#define GEN_PASS_DEF_VERIFYPLAN
#include "compiler/place/Passes.h.inc"

namespace {

int64_t bytesOf(Value buffer) {
  return cast<plan::BufferType>(buffer.getType()).getNumBytes();
}

struct SlotInfo {
  plan::SlotOp op;
  int64_t begin, end, first, last;
};

/// The attribute `window` of a slot, by bytes; nothing where it is not valid.
struct Window {
  int64_t stepBytes = 0;
  int64_t beforeBytes = 0;
};

Window windowOf(plan::SlotOp slot) {
  auto type = cast<plan::BufferType>(slot.getBuffer().getType());
  auto number = [&](StringRef name) -> int64_t {
    auto value = slot.getWindowAttr().getAs<IntegerAttr>(name);
    return value ? value.getInt() : -1;
  };
  const int64_t step = number("step"), before = number("before"),
                whole = number("rows");
  if (type.getShape().size() != 4 || type.getShape()[0] != 1)
    return {};
  const int64_t rows = type.getShape()[1];
  // Rows are moved in one piece.
  if (step < 1 || step > rows || rows > 2 * step || before < 0 ||
      before > rows - step || whole <= rows)
    return {};
  const int64_t row = type.getNumBytes() / rows;
  return {step * row, before * row};
}

SlotInfo infoOf(plan::SlotOp op) {
  const auto offset = static_cast<int64_t>(op.getOffset());
  return {op, offset, offset + bytesOf(op.getBuffer()),
          static_cast<int64_t>(op.getFirst()),
          static_cast<int64_t>(op.getLast())};
}

bool overlap(int64_t beginA, int64_t endA, int64_t beginB, int64_t endB) {
  return beginA < endB && beginB < endA;
}

/// A set of bytes, as disjoint ranges by begin.
class Bytes {
public:
  void add(int64_t begin, int64_t end) {
    auto it = ranges.upper_bound(begin);
    if (it != ranges.begin() && std::prev(it)->second >= begin) {
      --it;
      begin = it->first;
      end = std::max(end, it->second);
      it = ranges.erase(it);
    }
    while (it != ranges.end() && it->first <= end) {
      end = std::max(end, it->second);
      it = ranges.erase(it);
    }
    ranges[begin] = end;
  }
  bool covers(int64_t begin, int64_t end) const {
    auto it = ranges.upper_bound(begin);
    return it != ranges.begin() && std::prev(it)->second >= end;
  }

  void remove(int64_t begin, int64_t end) {
    for (auto [from, to] : within(begin, end))
      cut(from, to);
  }
  /// The parts of [begin, end) that are in the set.
  std::vector<std::pair<int64_t, int64_t>> within(int64_t begin,
                                                  int64_t end) const {
    std::vector<std::pair<int64_t, int64_t>> parts;
    for (auto [from, to] : ranges)
      if (overlap(from, to, begin, end))
        parts.push_back({std::max(from, begin), std::min(to, end)});
    return parts;
  }

private:
  /// Removes a part of one range.
  void cut(int64_t from, int64_t to) {
    auto it = std::prev(ranges.upper_bound(from));
    auto [begin, end] = *it;
    ranges.erase(it);
    if (begin < from)
      ranges[begin] = from;
    if (to < end)
      ranges[to] = end;
  }

  std::map<int64_t, int64_t> ranges;
};

/// The bytes of every `step` that a slot has: those of some channels of pixels.
/// No step: all.
struct Channels {
  int64_t first = 0, run = 0, step = 0;

  bool apartFrom(const Channels &other) const {
    return step != 0 && step == other.step && first + run <= step &&
           other.first + other.run <= step &&
           !overlap(first, first + run, other.first, other.first + other.run);
  }
};

/// What one slot has written so far, and what of it others have overwritten.
struct SlotBytes {
  Bytes written;
  Bytes lost;
  Channels channels;
};

class PlanChecker {
public:
  explicit PlanChecker(plan::ModelOp model) : model(model) {}

  LogicalResult check() {
    for (auto slot : model.getOps<plan::SlotOp>())
      slots.push_back(infoOf(slot));
    if (failed(checkTargets()) || failed(checkSlots()))
      return failure();
    // Each target executes calls of its own between those of all.
    const auto targets = static_cast<int64_t>(model.getTargets().size());
    for (int64_t target = 0; target < targets; ++target)
      if (failed(checkCalls(target)))
        return failure();
    return checkVariants();
  }

private:
  LogicalResult checkCalls(int64_t target) {
    written.clear();
    slotBytes.clear();
    int64_t lastStep = -1;
    SmallVector<plan::CallOp> group;
    for (auto call : model.getOps<plan::CallOp>()) {
      const auto variant = static_cast<int64_t>(call.getVariant());
      if (variant >= 0 && variant != target)
        continue;
      const auto step = static_cast<int64_t>(call.getStep());
      if (step < lastStep)
        return call.emitOpError("step ")
               << step << " follows step " << lastStep;
      lastStep = step;
      if (!group.empty() &&
          (!call.getBandsAttr() || groupOf(call) != groupOf(group.front()))) {
        if (failed(checkGroup(group)))
          return failure();
        group.clear();
      }
      group.push_back(call);
    }
    return group.empty() ? success() : checkGroup(group);
  }

  /// The step of the first call that runs band by band with this one.
  static int64_t groupOf(plan::CallOp call) {
    DictionaryAttr bands = call.getBandsAttr();
    auto first = bands ? bands.getAs<IntegerAttr>("first") : IntegerAttr();
    return first ? first.getInt() : -1;
  }

  /// Follows a call without bands, or the calls of a group band by band.
  LogicalResult checkGroup(ArrayRef<plan::CallOp> calls) {
    plan::CallOp front = calls.front();
    const auto bands = bandsOf(front);
    const int32_t number = bands ? bands->number : 1;
    llvm::SetVector<plan::SlotOp> windows;
    for (plan::CallOp call : calls) {
      const auto own = bandsOf(call);
      if (own && (own->number != number ||
                  groupOf(call) != static_cast<int64_t>(front.getStep())))
        return call.emitOpError("bands expect first = ")
               << front.getStep() << " and number = " << number
               << ", as the group's first call has, but are "
               << call.getBandsAttr();
      for (Value operand : call.getOperands())
        if (auto slot = operand.getDefiningOp<plan::SlotOp>();
            slot && slot.getWindowAttr()) {
          if (!own)
            return call.emitOpError("uses the window '")
                   << slot.getName() << "', but has no bands";
          windows.insert(slot);
        }
    }
    for (int32_t band = 0; band < number; ++band) {
      if (band > 0)
        for (plan::SlotOp slot : windows)
          if (failed(moveRows(front, slot)))
            return failure();
      for (plan::CallOp call : calls)
        if (failed(checkCall(call, static_cast<int64_t>(call.getStep()), band)))
          return failure();
    }
    return success();
  }

  /// What a window keeps for the next band.
  LogicalResult moveRows(plan::CallOp call, plan::SlotOp slot) {
    const Window window = windowOf(slot);
    const int64_t kept = bytesOf(slot.getBuffer()) - window.stepBytes;
    if (kept == 0)
      return success();
    const auto step = static_cast<int64_t>(call.getStep());
    const Extent from{window.stepBytes, window.stepBytes + kept, false, false};
    const Extent to{0, kept, true, false};
    if (failed(checkOperand(call, step, slot.getBuffer(), 0, from)))
      return failure();
    return checkOperand(call, step, slot.getBuffer(), 0, to);
  }

  LogicalResult checkTargets() {
    for (Attribute name : model.getTargets())
      if (!targets::findTarget(cast<StringAttr>(name).getValue()))
        return model.emitOpError("unknown target ") << name;
    return success();
  }

  LogicalResult checkSlots() {
    const auto arena = static_cast<int64_t>(model.getArenaBytes());
    for (SlotInfo &slot : slots) {
      if (slot.begin < 0 || slot.end > arena)
        return slot.op.emitOpError("bytes [")
               << slot.begin << ", " << slot.end << ") are not in the arena of "
               << arena;
      if (slot.first < 0 || slot.last < slot.first)
        return slot.op.emitOpError("lifetime [")
               << slot.first << ", " << slot.last << "] is empty";
      if (slot.op.getWindowAttr() && windowOf(slot.op).stepBytes == 0)
        return slot.op.emitOpError("has no window: ")
               << slot.op.getWindowAttr();
      if (failed(slot.op.getView() ? checkView(slot) : checkOwner(slot)))
        return failure();
    }
    return success();
  }

  /// A view lies inside a slot that lives at least as long.
  LogicalResult checkView(SlotInfo &view) {
    const int64_t element = cast<plan::BufferType>(view.op.getType())
                                .getElementType()
                                .getIntOrFloatBitWidth() /
                            8;
    if (view.begin % element != 0)
      return view.op.emitOpError("offset ")
             << view.begin << " is not a multiple of " << element
             << ", the bytes of an element";
    for (SlotInfo &slot : slots)
      if (!slot.op.getView() && slot.begin <= view.begin &&
          view.end <= slot.end && slot.first <= view.first &&
          view.last <= slot.last)
        return success();
    return view.op.emitOpError("shares bytes of no slot that lives as long");
  }

  LogicalResult checkOwner(SlotInfo &slot) {
    if (slot.begin % arenaAlignment != 0)
      return slot.op.emitOpError("offset ")
             << slot.begin << " is not a multiple of " << arenaAlignment;
    for (SlotInfo &other : slots) {
      if (other.op == slot.op)
        break;
      if (other.op.getView() ||
          !overlap(slot.begin, slot.end, other.begin, other.end) ||
          !overlap(slot.first, slot.last + 1, other.first, other.last + 1))
        continue;
      InFlightDiagnostic diag = slot.op.emitOpError("bytes [")
                                << slot.begin << ", " << slot.end
                                << ") overlap those of '" << other.op.getName()
                                << "' while both live";
      diag.attachNote(other.op.getLoc()) << "the other slot is here";
      return diag;
    }
    return success();
  }

  LogicalResult checkKernel(plan::CallOp call, const kernels::Kernel *&kernel,
                            kernels::Problem &problem) {
    kernel = kernels::findKernel(call.getKernel());
    if (!kernel)
      return call.emitOpError("kernel '")
             << call.getKernel() << "' is not in the catalogue";
    auto found = problemOf(call);
    if (!found)
      return call.emitOpError("fields are not those of '")
             << call.getParams() << "', which '" << call.getKernel()
             << "' takes";
    problem = *found;
    const auto variant = static_cast<int64_t>(call.getVariant());
    for (auto [index, name] : llvm::enumerate(model.getTargets())) {
      if (variant >= 0 && variant != static_cast<int64_t>(index))
        continue;
      const targets::Target *target =
          targets::findTarget(cast<StringAttr>(name).getValue());
      auto runs = [&](const targets::Target *level) {
        return level->name == kernel->isa;
      };
      if (llvm::none_of(targets::isaChain(*target), runs))
        return call.emitOpError("kernel '")
               << call.getKernel() << "' does not run on " << name;
    }
    if (call.getScratchBytes() && !kernel->takesScratch())
      return call.emitOpError("has scratch, which '")
             << call.getKernel() << "' does not take";
    return success();
  }

  /// A call is cut as its kernel says, and a kernel accepts all parts. `bytes`
  /// becomes the scratch of all workers.
  LogicalResult checkSplit(plan::CallOp call, const kernels::Kernel &kernel,
                           const kernels::Problem &problem, size_t &bytes) {
    std::optional<kernels::Split> split;
    if (DictionaryAttr given = call.getSplitAttr()) {
      Builder builder(model.getContext());
      const std::vector<kernels::Split> splits =
          kernels::splitsOf(kernel, problem);
      if (splits.empty())
        return call.emitOpError("cannot be split, but has ") << given;
      for (const kernels::Split &each : splits)
        if (splitAttr(builder, each) == given)
          split = each;
      if (!split)
        return call.emitOpError("split expects ")
               << splitAttr(builder, splits.front()) << ", but is " << given;
    }
    const auto threads = static_cast<int32_t>(model.getThreads().value_or(1));
    const auto needed =
        kernels::scratchBytes(kernel, problem, split, bandsOf(call), threads);
    if (!needed)
      return call.emitOpError("'")
             << call.getKernel() << "' does not accept a part of the call";
    bytes = *needed;
    return success();
  }

  /// Bands are along the axis of the kernel's split, and none is empty.
  LogicalResult checkBands(plan::CallOp call, const kernels::Kernel &kernel,
                           const kernels::Problem &problem) {
    const auto bands = bandsOf(call);
    if (!bands)
      return success();
    const auto split = kernels::splitAlong(kernel, problem, bands->axis);
    if (!split || split->count != bands->count)
      return call.emitOpError("bands are not along the split of '")
             << call.getKernel() << "': " << call.getBandsAttr();
    if (bands->number < 2 || bands->step < 1 || bands->ahead < 0 ||
        int64_t{bands->number - 1} * bands->step + bands->ahead >= bands->count)
      return call.emitOpError("bands are empty: ") << call.getBandsAttr();
    return success();
  }

  LogicalResult checkScratch(plan::CallOp call, int64_t step,
                             const kernels::Kernel &kernel,
                             const kernels::Problem &problem) {
    size_t bytes = 0;
    if (failed(checkSplit(call, kernel, problem, bytes)))
      return failure();
    const auto needed = static_cast<int64_t>(bytes);
    const auto given = static_cast<int64_t>(call.getScratchBytes().value_or(0));
    const auto begin =
        static_cast<int64_t>(call.getScratchOffset().value_or(0));
    if (needed > given)
      return call.emitOpError("needs ")
             << needed << " bytes of scratch, but has " << given;
    if (begin % arenaAlignment != 0)
      return call.emitOpError("scratch offset ")
             << begin << " is not a multiple of " << arenaAlignment;
    for (SlotInfo &slot : slots)
      if (overlap(begin, begin + given, slot.begin, slot.end) &&
          slot.first <= step && step <= slot.last)
        return call.emitOpError("scratch overlaps the slot '")
               << slot.op.getName() << "' that lives at step " << step;
    return success();
  }

  LogicalResult checkCall(plan::CallOp call, int64_t step, int32_t band) {
    const kernels::Kernel *kernel = nullptr;
    kernels::Problem problem{};
    if (failed(checkKernel(call, kernel, problem)))
      return failure();
    if (failed(extentsOf(*kernel, problem)))
      return call.emitOpError("parameters of '")
             << call.getParams() << "' are out of range";
    if (failed(checkBands(call, *kernel, problem)) ||
        failed(checkScratch(call, step, *kernel, problem)))
      return failure();
    const auto bands = bandsOf(call);
    FailureOr<std::vector<Extent>> extents = extentsOf(
        *kernel, bands ? kernels::bandOf(problem, *bands, band) : problem);
    if (failed(extents))
      return call.emitOpError("parameters of band ")
             << band << " are out of range";
    ArrayRef<bool> present = call.getPresent();
    if (present.size() != extents->size())
      return call.emitOpError("'")
             << call.getKernel() << "' takes " << extents->size()
             << " pointers, but the call has " << present.size();

    // All reads before all writes: an operand may be overwritten.
    for (bool written : {false, true}) {
      size_t next = 0;
      for (auto [index, extent] : llvm::enumerate(*extents)) {
        if (!present[index]) {
          if (!extent.optional && !written)
            return call.emitOpError("pointer ")
                   << index << " of '" << call.getKernel()
                   << "' must be present";
          continue;
        }
        Value operand = call.getOperands()[next++];
        if (bands && extent.written == written)
          extent = moved(extent, operand, problem, *bands, band, index);
        if (extent.written == written &&
            failed(checkOperand(call, step, operand, index, extent)))
          return failure();
      }
    }
    return success();
  }

  /// What a band touches, from the start of the operand.
  static Extent moved(Extent extent, Value operand,
                      const kernels::Problem &problem,
                      const kernels::Bands &bands, int32_t band, size_t index) {
    const kernels::SplitRow &row = *kernels::findSplit(problem.op, bands.axis);
    auto type = cast<plan::BufferType>(operand.getType());
    const std::string_view member = row.moves[index];
    int64_t bytes = 0;
    if (!member.empty())
      bytes = row.move(problem.params, {bands.axis, bands.count},
                       bands.items(band), member) *
              (type.getNumBytes() / type.getNumElements());
    if (auto slot = operand.getDefiningOp<plan::SlotOp>();
        slot && slot.getWindowAttr()) {
      const Window window = windowOf(slot);
      bytes -= band * window.stepBytes - window.beforeBytes;
    }
    extent.begin += bytes;
    extent.end += bytes;
    return extent;
  }

  LogicalResult checkOperand(plan::CallOp call, int64_t step, Value operand,
                             size_t index, const Extent &extent) {
    if (extent.begin < 0 || extent.end > bytesOf(operand))
      return call.emitOpError("touches bytes [")
             << extent.begin << ", " << extent.end << ") of operand " << index
             << ", which has " << bytesOf(operand);
    Operation *owner = operand.getDefiningOp();
    if (extent.written && isa<plan::InputOp, plan::WeightsOp>(owner))
      return call.emitOpError("writes to operand ")
             << index << ", which is an input or a constant";
    // Slots share one address space, outputs have one each.
    auto slot = dyn_cast<plan::SlotOp>(owner);
    int64_t base = 0;
    if (slot) {
      const SlotInfo info = infoOf(slot);
      base = info.begin;
      if (step < info.first || step > info.last)
        return call.emitOpError("uses '")
               << slot.getName() << "' at step " << step
               << ", outside its lifetime [" << info.first << ", " << info.last
               << "]";
    } else if (!isa<plan::OutputOp>(owner)) {
      return success();
    }
    Bytes &bytes = written[slot ? Value() : operand];
    if (extent.written)
      bytes.add(base + extent.begin, base + extent.end);
    else if (!bytes.covers(base + extent.begin, base + extent.end))
      return call.emitOpError("reads operand ")
             << index << " before anything has written it";
    return slot ? checkOwnBytes(call, slot, base, extent) : success();
  }

  /// What a slot has written is still there when it is read. Views that only
  /// read own nothing and are not checked; parts of a concatenation own their
  /// channels.
  LogicalResult checkOwnBytes(plan::CallOp call, plan::SlotOp slot,
                              int64_t base, const Extent &extent) {
    const int64_t begin = base + extent.begin, end = base + extent.end;
    if (!extent.written) {
      if (slotBytes[slot].lost.within(begin, end).empty())
        return success();
      return call.emitOpError("reads '")
             << slot.getName() << "' after another slot has overwritten it";
    }
    SlotBytes &own = slotBytes[slot];
    own.written.add(begin, end);
    own.lost.remove(begin, end);
    own.channels = {};
    if (extent.step)
      own.channels = {begin % extent.step, extent.run, extent.step};
    for (auto &[other, bytes] : slotBytes)
      if (other != slot && !own.channels.apartFrom(bytes.channels))
        for (auto [from, to] : bytes.written.within(begin, end))
          bytes.lost.add(from, to);
    return success();
  }

  /// Each step has one call for all targets, or one for each.
  LogicalResult checkVariants() {
    std::map<int64_t, std::pair<plan::CallOp, llvm::SmallDenseSet<int64_t>>>
        steps;
    for (auto call : model.getOps<plan::CallOp>()) {
      auto &[first, variants] = steps[static_cast<int64_t>(call.getStep())];
      if (!first)
        first = call;
      if (!variants.insert(static_cast<int64_t>(call.getVariant())).second)
        return call.emitOpError("repeats a variant of step ") << call.getStep();
    }
    for (auto &[step, entry] : steps) {
      auto &[call, variants] = entry;
      const bool one = variants.size() == 1 && variants.contains(-1);
      const bool each = variants.size() == model.getTargets().size() &&
                        !variants.contains(-1);
      if (!one && !each)
        return call.emitOpError("step ")
               << step << " has " << variants.size() << " variants for "
               << model.getTargets().size() << " targets";
    }
    return success();
  }

  plan::ModelOp model;
  std::vector<SlotInfo> slots;
  llvm::DenseMap<Value, Bytes> written;
  llvm::DenseMap<Operation *, SlotBytes> slotBytes;
};

struct VerifyPlan : impl::VerifyPlanBase<VerifyPlan> {
  void runOnOperation() override {
    for (auto model : getOperation().getOps<plan::ModelOp>())
      if (failed(PlanChecker(model).check()))
        return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
} // namespace quench::place
