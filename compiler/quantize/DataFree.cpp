// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ranges and bias correction without data.

#include "compiler/quantize/DataFree.h"

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Grids.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/ScalePath.h"
#include "compiler/quantize/fakequant/Grid.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"

#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_DATAFREERANGES
#define GEN_PASS_DEF_CORRECTBIASANALYTICALLY
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

LogicalResult quantize::dataFreeRanges(func::FuncOp function,
                                       const MomentOptions &options) {
  FailureOr<MomentTable> table = propagateMoments(function, options);
  if (failed(table))
    return failure();
  function.walk([&](qf::ObserveOp op) {
    if (op.getObserver() == passiveObserver || isConstant(op.getInput()))
      return;
    const ChannelMoments moments = table->lookup(op.getOutput());
    op.setRange(ArrayRef<float>{static_cast<float>(moments.low()),
                                static_cast<float>(moments.high())});
    op.setSamples(0);
  });
  return success();
}

namespace {

/// A filter whose weights and their grid are both known.
struct QuantizedFilter {
  std::vector<float> weights;
  std::vector<double> errors; // wq - w
  ArrayRef<int64_t> shape;    // [OC, (KH, KW,) IC / groups]
  std::vector<float> scales;  // one, or one per output channel
};

std::optional<QuantizedFilter> quantizedFilter(Operation *op) {
  if (!isa<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp>(op))
    return std::nullopt;
  auto fakeQuant = op->getOperand(1).getDefiningOp<qf::FakeQuantOp>();
  if (!fakeQuant)
    return std::nullopt;
  auto weights = constantValues(fakeQuant.getInput());
  Type type = fakeQuant.getQtype();
  if (!weights ||
      !isa<quant::UniformQuantizedType, quant::UniformQuantizedPerAxisType>(
          type))
    return std::nullopt;
  auto qtype = cast<quant::QuantizedType>(type);
  QuantizedFilter result;
  result.shape = cast<RankedTensorType>(fakeQuant.getType()).getShape();
  auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  const int64_t channels = axis ? result.shape.front() : 1;
  for (int64_t c = 0; c < channels; ++c)
    result.scales.push_back(q::scaleOf(type, c));
  const int64_t inner = weights->size() / channels;
  const int32_t zero = q::zeroOf(type);
  for (size_t i = 0; i < weights->size(); ++i) {
    const double scale = result.scales[i / inner];
    const double code =
        std::min(std::max(std::nearbyint((*weights)[i] / scale) + zero,
                          double(qtype.getStorageTypeMin())),
                 double(qtype.getStorageTypeMax()));
    result.errors.push_back((code - zero) * scale - (*weights)[i]);
  }
  result.weights = std::move(*weights);
  return result;
}

/// Gives the op `bias` in its fake quantizer, or a new one.
void setBias(Operation *op, ArrayRef<float> bias, const QuantizedFilter &filter,
             float inputScale) {
  OpBuilder builder(op);
  Value old = op->getNumOperands() > 2 ? op->getOperand(2) : Value();
  auto oldFake = old ? old.getDefiningOp<qf::FakeQuantOp>() : nullptr;
  Location loc = old ? old.getLoc() : derivedLoc(op->getResult(0), "bias");
  Value constant = createConstant(builder, loc, bias.size(), bias);
  Type type =
      oldFake ? oldFake.getQtype()
              : Type(q::makeBiasType(op->getContext(),
                                     biasScales(inputScale, filter.scales)));
  Value fake = qf::FakeQuantOp::create(builder, loc, constant.getType(),
                                       constant, TypeAttr::get(type));
  op->setOperands({op->getOperand(0), op->getOperand(1), fake});
  if (oldFake && oldFake->use_empty())
    oldFake.erase();
}

/// The correction of each output channel, -sum (wq - w) E[x].
std::vector<double> correctionOf(Operation *op, const QuantizedFilter &filter,
                                 const ChannelMoments &input) {
  int64_t groups = 1;
  if (auto attribute = op->getAttrOfType<IntegerAttr>("groups"))
    groups = attribute.getInt();
  // A transposed convolution adds up the taps that its stride lets meet.
  double share = 1;
  if (auto strides = op->getAttrOfType<DenseI64ArrayAttr>("strides");
      strides && isa<nn::ConvTranspose2DOp>(op))
    share = 1.0 / (strides[0] * strides[1]);
  const int64_t channels = filter.shape.front();
  const int64_t inner = filter.errors.size() / channels;
  std::vector<double> correction(channels);
  for (int64_t oc = 0; oc < channels; ++oc) {
    const int64_t first = oc / (channels / groups) * filter.shape.back();
    for (int64_t i = 0; i < inner; ++i)
      correction[oc] -=
          share * filter.errors[oc * inner + i] *
          input.channels[first + i % filter.shape.back()].moments.mean;
  }
  return correction;
}

} // namespace

LogicalResult quantize::correctBiasAnalytically(func::FuncOp function,
                                                const MomentOptions &options) {
  FailureOr<MomentTable> table = propagateMoments(function, options);
  if (failed(table))
    return failure();
  function.walk([&](Operation *op) {
    std::optional<QuantizedFilter> filter = quantizedFilter(op);
    if (!filter) {
      // Made of codes already: what rounding changed is no longer known.
      if (op->getNumOperands() > 1)
        if (auto codes = op->getOperand(1).getDefiningOp<qf::ConstantOp>();
            codes && q::groupsOf(codes))
          q::addNote(op, "bias not corrected: its filter has groups");
      return;
    }
    Value input = op->getOperand(0);
    Type inputGrid = gridOf(input);
    std::vector<float> bias(filter->shape.front());
    if (op->getNumOperands() > 2) {
      auto fake = op->getOperand(2).getDefiningOp<qf::FakeQuantOp>();
      auto values = fake ? constantValues(fake.getInput()) : std::nullopt;
      if (!values)
        return q::addNote(op, "bias not corrected: it is not constant");
      bias = std::move(*values);
    } else if (!inputGrid) {
      return q::addNote(op, "bias not corrected: its input has no grid");
    }
    const std::vector<double> correction =
        correctionOf(op, *filter, alongLastAxis(table->lookup(input), input));
    double largest = 0;
    for (auto [oc, change] : llvm::enumerate(correction)) {
      bias[oc] = static_cast<float>(bias[oc] + change);
      largest = std::max(largest, std::fabs(change));
    }
    const float inputScale = inputGrid ? q::scaleOf(inputGrid, 0) : 1;
    setBias(op, bias, *filter, inputScale);
    q::addNote(op, "bias corrected from statistics: by up to " +
                       shortText(largest));
  });
  eraseUnusedConstants(function);
  return success();
}

namespace {

/// The options of both passes as those of the functions: every input has the
/// same range.
FailureOr<MomentOptions> momentOptions(func::FuncOp function, double deviations,
                                       ArrayRef<double> low,
                                       ArrayRef<double> high) {
  if (low.empty() || low.size() != high.size())
    return emitError(function.getLoc())
           << "input-low and input-high expect as many entries, at least 1, "
              "but have "
           << low.size() << " and " << high.size();
  InputMoments input;
  for (auto [least, most] : llvm::zip(low, high)) {
    if (!(least <= most) || !std::isfinite(least) || !std::isfinite(most))
      return emitError(function.getLoc())
             << "input-low and input-high expect finite low <= high, but have "
             << least << " and " << most;
    input.push_back(evenlyBetween(least, most));
  }
  MomentOptions options;
  options.deviations = deviations;
  options.inputs.assign(function.getNumArguments(), input);
  return options;
}

struct DataFreeRanges : quantize::impl::DataFreeRangesBase<DataFreeRanges> {
  using DataFreeRangesBase::DataFreeRangesBase;

  void runOnOperation() override {
    FailureOr<MomentOptions> options =
        momentOptions(getOperation(), deviations, inputLow, inputHigh);
    if (failed(options) || failed(dataFreeRanges(getOperation(), *options)))
      signalPassFailure();
  }
};

struct CorrectBiasAnalytically
    : quantize::impl::CorrectBiasAnalyticallyBase<CorrectBiasAnalytically> {
  using CorrectBiasAnalyticallyBase::CorrectBiasAnalyticallyBase;

  void runOnOperation() override {
    FailureOr<MomentOptions> options =
        momentOptions(getOperation(), deviations, inputLow, inputHigh);
    if (failed(options) ||
        failed(correctBiasAnalytically(getOperation(), *options)))
      signalPassFailure();
  }
};

} // namespace
