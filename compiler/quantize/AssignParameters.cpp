// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qf-assign-parameters: ranges become grids, observers become fake quantizers,
// and constants get fake quantizers too.

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Diagnose.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Grids.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/fakequant/Grid.h"
#include "dialects/nn/NN.h"
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

bool isFilterOp(Operation *op) {
  return isa<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp>(op);
}

Range rangeOf(ArrayRef<float> values) {
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {*min, *max};
}

struct AssignParameters
    : quantize::impl::AssignParametersBase<AssignParameters> {
  using AssignParametersBase::AssignParametersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (filterBits != 8 && filterBits != 4 && filterBits != 2) {
      function.emitError("expects filter-bits of 8, 4 or 2, found ")
          << filterBits.getValue();
      return signalPassFailure();
    }
    GridGroups groups(function);
    DenseMap<unsigned, Range> ranges;
    if (failed(checkConstants(function)) ||
        failed(collectRanges(function, groups, ranges)))
      return signalPassFailure();

    DenseMap<unsigned, quant::UniformQuantizedType> types;
    for (auto &[group, range] : ranges) {
      const Grid grid = activationGrid(range);
      types[group] = q::makeActType(&getContext(), grid.scale, grid.zero);
    }
    if (failed(quantizeConstants(function, groups, types)))
      return signalPassFailure();
    function.walk([&](qf::ObserveOp op) {
      OpBuilder builder(op);
      auto fakeQuant = qf::FakeQuantOp::create(
          builder, op.getLoc(), op.getType(), op.getInput(),
          TypeAttr::get(types.at(groups.of(op.getOutput()))));
      op.replaceAllUsesWith(fakeQuant.getOutput());
      op.erase();
      ++numActivations;
    });
  }

  LogicalResult checkConstants(func::FuncOp function) {
    Misfits misfits;
    function.walk([&](nn::ConstantOp op) {
      const std::vector<float> values = *constantValues(op.getOutput());
      const int64_t bad = llvm::count_if(
          values, [](float value) { return !std::isfinite(value); });
      if (bad == 0)
        return;
      for (Operation *user : op->getUsers())
        misfits.add(user,
                    llvm::Twine(bad) + " of the " + llvm::Twine(values.size()) +
                        " numbers of its constant '" +
                        valueName(op.getOutput()) + "' are NaN or infinite");
    });
    return misfits.report(function, "cannot be quantized");
  }

  LogicalResult collectRanges(func::FuncOp function, const GridGroups &groups,
                              DenseMap<unsigned, Range> &ranges) {
    auto include = [&](Value value, Range range) {
      auto [it, isNew] = ranges.try_emplace(groups.of(value), range);
      if (!isNew)
        it->second = unite(it->second, range);
    };
    Misfits misfits;
    function.walk([&](qf::ObserveOp op) {
      if (!op.getRange())
        return misfits.add(op, "it has no range: calibrate first");
      include(op.getOutput(), {(*op.getRange())[0], (*op.getRange())[1]});
    });
    if (failed(misfits.report(function, "cannot be quantized")))
      return failure();

    // What movement adds to a group that has a range.
    function.walk([&](Operation *op) {
      if (formOf(op).form != Form::SameGrid ||
          !ranges.count(groups.of(op->getResult(0))))
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

  LogicalResult
  quantizeConstants(func::FuncOp function, const GridGroups &groups,
                    DenseMap<unsigned, quant::UniformQuantizedType> &types) {
    Misfits misfits;
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      const Form form = formOf(op).form;
      if (isFilterOp(op)) {
        quantizeFilter(op, groups, types, misfits);
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

  void quantizeFilter(Operation *op, const GridGroups &groups,
                      DenseMap<unsigned, quant::UniformQuantizedType> &types,
                      Misfits &misfits) {
    auto input = types.find(groups.of(op->getOperand(0)));
    if (input == types.end())
      return misfits.add(op, "its input is not observed");
    OpOperand &filter = op->getOpOperand(1);
    std::optional<std::vector<float>> weights = constantValues(filter.get());
    if (!weights)
      return misfits.add(op, "its filter is not constant");
    std::vector<float> bias;
    const bool hasBias = op->getNumOperands() > 2;
    if (hasBias) {
      if (auto values = constantValues(op->getOperand(2)))
        bias = std::move(*values);
      else
        return misfits.add(op, "its bias is not constant");
    }
    const float inputScale = static_cast<float>(input->second.getScale());
    const int64_t channels =
        cast<RankedTensorType>(filter.get().getType()).getDimSize(0);
    const FilterGrid grid =
        filterGrid(*weights, channels, bias, inputScale,
                   {perChannel, narrow, static_cast<int>(filterBits)});
    quantizeOperand(filter, q::makeFilterType(&getContext(), grid.scales, 0,
                                              grid.min, grid.max));
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
