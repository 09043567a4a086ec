// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qf-assign-parameters: ranges become grids, observers become fake quantizers,
// and constants get fake quantizers too.

#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Diagnose.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Grids.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/Reach.h"
#include "compiler/quantize/ScalePath.h"
#include "compiler/quantize/fakequant/Grid.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

#include <algorithm>
#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_ASSIGNPARAMETERS
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

Range rangeOf(ArrayRef<float> values) {
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {*min, *max};
}

struct AssignParameters
    : quantize::impl::AssignParametersBase<AssignParameters> {
  using AssignParametersBase::AssignParametersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    FailureOr<QConfig> config = qconfigOf(function, presets().front().name);
    GridGroups groups(function);
    llvm::MapVector<unsigned, Group> found;
    if (failed(config) || failed(checkConstants(function)) ||
        failed(collectRanges(function, groups, found)))
      return signalPassFailure();

    Filters filters;
    function.walk([&](Operation *op) {
      if (isFilterOp(op) && formOf(op).form != Form::Island)
        if (auto filter = observeFilter(op, *config))
          filters[op] = std::move(*filter);
    });
    limitReaches(function, groups, found, filters);
    Types types;
    for (auto &[index, group] : found) {
      Grid grid = activationGrid(group.range, group.scheme, group.fakeQuant);
      if (group.reach < grid.max)
        grid = limited(grid, group.reach);
      types[index] =
          q::makeActType(&getContext(), grid.scale, grid.zero, grid.min,
                         grid.max, group.scheme.bits == 16 ? 16 : 8);
    }
    if (failed(quantizeConstants(function, groups, types, filters)))
      return signalPassFailure();
    function.walk([&](qf::ObserveOp op) {
      if (isConstant(op.getInput())) {
        op.replaceAllUsesWith(op.getInput());
        return op.erase();
      }
      OpBuilder builder(op);
      auto fakeQuant = qf::FakeQuantOp::create(
          builder, op.getLoc(), op.getType(), op.getInput(),
          TypeAttr::get(types.at(groups.of(op.getOutput()))));
      op.replaceAllUsesWith(fakeQuant.getOutput());
      op.erase();
      ++numActivations;
    });
    eraseUnusedConstants(function);
  }

  using Types = DenseMap<unsigned, quant::UniformQuantizedType>;

  /// What the values of one grid have in common.
  struct Group {
    Range range;
    Scheme scheme;
    std::string fakeQuant;
    /// Largest |code| that no consumer's accumulator wraps with.
    int64_t reach = std::numeric_limits<int64_t>::max();
  };

  /// Most bits, then asymmetric before symmetric before narrow.
  static bool isStronger(const Scheme &a, const Scheme &b) {
    return std::make_pair(a.bits, -int(a.symmetry)) >
           std::make_pair(b.bits, -int(b.symmetry));
  }

  /// The same range with codes up to `reach`.
  static Grid limited(Grid grid, int64_t reach) {
    grid.scale =
        static_cast<float>(grid.scale * (double(grid.max) / double(reach)));
    grid.max = int32_t(reach);
    grid.min = -grid.max;
    return grid;
  }

  /// For groups of 16 bits.
  void limitReaches(func::FuncOp function, const GridGroups &groups,
                    llvm::MapVector<unsigned, Group> &found,
                    const Filters &filters) {
    auto groupOf = [&](Value value) -> Group * {
      auto it = found.find(groups.of(value));
      return it == found.end() ? nullptr : &it->second;
    };
    function.walk([&](Operation *op) {
      if (formOf(op).form == Form::Island)
        return;
      for (OpOperand &operand : op->getOpOperands()) {
        Group *group = groupOf(operand.get());
        if (!group || group->scheme.bits != 16)
          continue;
        int otherBits = 8;
        for (Value other : op->getOperands())
          if (Group *second = groupOf(other); second && other != operand.get())
            otherBits = std::max(otherBits, second->scheme.bits);
        group->reach =
            std::min(group->reach, largestReach(op, operand.getOperandNumber(),
                                                otherBits, filters));
      }
    });
  }

  LogicalResult checkConstants(func::FuncOp function) {
    Misfits misfits;
    function.walk([&](qf::ObserveOp op) {
      if (!isConstant(op.getInput()))
        return;
      if (!findObserver(op.getObserver()))
        misfits.add(op, "unknown observer '" + op.getObserver() +
                            "', expected one of " + observerNames());
      else if (op.getSchemeOrDefault().getBits() > 8)
        misfits.add(op, "a filter has at most 8 bits");
    });
    function.walk([&](nn::ConstantOp op) {
      const std::vector<float> values = *constantValues(op.getOutput());
      const int64_t bad = llvm::count_if(
          values, [](float value) { return !std::isfinite(value); });
      if (bad == 0)
        return;
      SmallVector<Operation *> users;
      for (Operation *user : op->getUsers())
        if (isa<qf::ObserveOp>(user))
          llvm::append_range(users, user->getUsers());
        else
          users.push_back(user);
      for (Operation *user : users)
        misfits.add(user,
                    llvm::Twine(bad) + " of the " + llvm::Twine(values.size()) +
                        " numbers of its constant '" +
                        valueName(op.getOutput()) + "' are NaN or infinite");
    });
    return misfits.report(function, "cannot be quantized");
  }

  LogicalResult collectRanges(func::FuncOp function, const GridGroups &groups,
                              llvm::MapVector<unsigned, Group> &found) {
    auto include = [&](Value value, Range range) {
      Group &group = found.find(groups.of(value))->second;
      group.range = unite(group.range, range);
    };
    Misfits misfits;
    function.walk([&](qf::ObserveOp op) {
      if (isConstant(op.getInput()))
        return;
      if (!op.getRange())
        return misfits.add(op, "it has no range: calibrate first");
      const Range range{(*op.getRange())[0], (*op.getRange())[1]};
      qf::SchemeAttr scheme = op.getSchemeOrDefault();
      auto [it, isNew] = found.try_emplace(groups.of(op.getOutput()));
      Group &group = it->second;
      group.range = isNew ? range : unite(group.range, range);
      if (isNew || isStronger(scheme.getScheme(), group.scheme)) {
        group.scheme = scheme.getScheme();
        group.fakeQuant = scheme.getFakeQuant().str();
      }
    });
    if (failed(misfits.report(function, "cannot be quantized")))
      return failure();

    // What movement adds to a group that has a range.
    function.walk([&](Operation *op) {
      if (formOf(op).form != Form::SameGrid ||
          !found.count(groups.of(op->getResult(0))))
        return;
      if (auto pad = dyn_cast<nn::PadOp>(op)) {
        const float value = pad.getValue().convertToFloat();
        if (pad.getMode() == "constant" && std::isfinite(value))
          include(op->getResult(0), {value, value});
      }
      for (Value operand : op->getOperands())
        if (auto values = constantValues(operand); values && !values->empty())
          include(operand, rangeOf(*values));
    });
    return success();
  }

  /// A fake_quant between a constant and one operand.
  void quantizeOperand(OpOperand &operand, Type qtype) {
    OpBuilder builder(operand.getOwner());
    Value value = operand.get();
    operand.set(qf::FakeQuantOp::create(
        builder, value.getLoc(), value.getType(), value, TypeAttr::get(qtype)));
  }

  /// Codes with groups in place of a filter. They are made here: a fake_quant
  /// rounds to the numbers of a type, and these are some of them.
  void groupOperand(OpOperand &operand, Type qtype,
                    const ObservedFilter &filter, ArrayRef<float> scales) {
    OpBuilder builder(operand.getOwner());
    Value value = operand.get();
    auto tensor = cast<RankedTensorType>(value.getType());
    const int bits = filter.scheme.bits;
    const std::vector<int8_t> multipliers =
        groupMultipliers(filter.groupClips, scales, bits);
    Type byte = builder.getI8Type();
    const q::Groups groups{
        bits, filter.scheme.groupSize,
        nn::makeElements<int8_t>(
            RankedTensorType::get(
                q::multipliersShape(tensor.getShape(), filter.scheme.groupSize),
                byte),
            multipliers, "multipliers")};
    const std::vector<int8_t> codes =
        quantizeGroups(filter.weights, scales,
                       q::multipliersOfCodes(groups, tensor.getShape()), bits);
    auto constant = qf::ConstantOp::create(
        builder, value.getLoc(), tensor,
        nn::makeElements<int8_t>(tensor.clone(byte), codes, "codes"),
        TypeAttr::get(qtype));
    q::setGroups(constant, groups);
    operand.set(constant);
  }

  LogicalResult quantizeConstants(func::FuncOp function,
                                  const GridGroups &groups, Types &types,
                                  const Filters &filters) {
    Misfits misfits;
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      const Form form = formOf(op).form;
      if (form == Form::Island)
        continue;
      if (isFilterOp(op)) {
        quantizeFilter(op, groups, types, filters, misfits);
      } else if (form == Form::SameGrid) {
        auto type = types.find(groups.of(op->getResult(0)));
        for (OpOperand &operand : op->getOpOperands())
          if (isConstant(operand.get()) && type != types.end())
            quantizeOperand(operand, type->second);
      } else if (form == Form::OutputStage) {
        for (OpOperand &operand : op->getOpOperands())
          if (auto values = constantValues(operand.get())) {
            const Grid grid = symmetricGrid(*values);
            quantizeOperand(
                operand, q::makeActType(&getContext(), grid.scale, grid.zero));
          }
      }
    }
    return misfits.report(function, "cannot be quantized");
  }

  void quantizeFilter(Operation *op, const GridGroups &groups, Types &types,
                      const Filters &filters, Misfits &misfits) {
    auto input = types.find(groups.of(op->getOperand(0)));
    if (input == types.end())
      return misfits.add(op, "its input is not observed");
    auto found = filters.find(op);
    if (found == filters.end())
      return misfits.add(op, "its filter is not constant");
    const ObservedFilter &filter = found->second;
    std::vector<float> bias;
    const bool hasBias = op->getNumOperands() > 2;
    if (hasBias) {
      if (auto values = constantValues(op->getOperand(2)))
        bias = std::move(*values);
      else
        return misfits.add(op, "its bias is not constant");
    }
    const float inputScale = static_cast<float>(input->second.getScale());
    const FilterGrid grid = filterGrid(filter.clips, bias, inputScale,
                                       filter.codeScheme(), filter.fakeQuant);
    Type type =
        q::makeFilterType(&getContext(), grid.scales, 0, grid.min, grid.max);
    if (filter.groupClips.empty())
      quantizeOperand(op->getOpOperand(1), type);
    else
      groupOperand(op->getOpOperand(1), type, filter, grid.scales);
    if (filter.tooFewForGroups)
      q::addNote(op, "no groups: a tap of its filter has fewer input channels");
    if (hasBias)
      quantizeOperand(
          op->getOpOperand(2),
          q::makeBiasType(&getContext(), biasScales(inputScale, grid.scales)));
    ++numFilters;
    numFloored += grid.floored;
    if (grid.floored)
      q::addNote(op, (Twine(grid.floored) + " of " + Twine(grid.scales.size()) +
                      " filter scales raised so that the bias fits")
                         .str());
  }
};

} // namespace
