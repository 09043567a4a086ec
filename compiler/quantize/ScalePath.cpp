// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Paths of scales: finding them, and scaling at their ends.

#include "compiler/quantize/ScalePath.h"

#include "compiler/quantize/Affine.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Statistics.h"
#include "dialects/nn/NN.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static constexpr float infinity = std::numeric_limits<float>::infinity();

namespace {

struct Bounds {
  float lower = -infinity, upper = infinity;
};

Bounds boundsOf(Operation *op) {
  if (isa<nn::ReluOp>(op))
    return {0, infinity};
  if (auto clip = dyn_cast<nn::ClipOp>(op))
    return {clip.getMin().convertToFloat(), clip.getMax().convertToFloat()};
  if (auto clamp = op->getAttrOfType<DenseF32ArrayAttr>("clamp"))
    return {clamp[0], clamp[1]};
  return {};
}

/// Why a positive factor does not pass a clamp; empty if it does.
std::string whyNotClamp(const Bounds &bounds) {
  if (bounds.lower != 0 && bounds.lower != -infinity)
    return "its clamp begins at " + shortText(bounds.lower) +
           ", and only 0 keeps its meaning under a scale";
  if (bounds.upper <= 0)
    return "its clamp lets nothing positive through";
  return {};
}

/// Between producer and consumer: f(k x) = k f(x) for k > 0, per channel.
bool isHomogeneous(Operation *op) {
  if (auto pad = dyn_cast<nn::PadOp>(op))
    return pad.getMode() != "constant" || pad.getValue().isZero();
  if (auto prelu = dyn_cast<nn::PReluOp>(op))
    return isConstant(prelu.getSlope());
  return isa<nn::ReluOp, nn::ClipOp, nn::LeakyReluOp, nn::MaxPool2DOp,
             nn::AvgPool2DOp, nn::ReduceMeanOp, nn::ReduceMaxOp, nn::ResizeOp,
             nn::SliceOp, nn::PadOp, nn::ReshapeOp, nn::TransposeOp>(op);
}

/// May make values larger than the largest that came in.
bool mayGrow(Operation *op) { return isa<nn::LeakyReluOp, nn::PReluOp>(op); }

/// Reads channels of the view as its input channels.
bool readsChannels(OpOperand &use, const ChannelView &view) {
  if (use.getOperandNumber() != 0 || !matchFilterOp(use.getOwner()))
    return false;
  const int64_t last =
      cast<RankedTensorType>(use.get().getType()).getShape().back();
  if (isa<nn::LinearOp>(use.getOwner()))
    return last % (view.count * view.inner) == 0;
  return view.inner == 1 && last == view.count;
}

std::string quoted(Operation *op) {
  return "'" + valueName(op->getResult(0)) + "' (" +
         op->getName().stripDialect().str() + ")";
}

std::vector<double> doubles(ArrayRef<float> values) {
  return {values.begin(), values.end()};
}

} // namespace

std::optional<ScalePath> quantize::findScalePath(Operation *producer,
                                                 std::string &reason) {
  ScalePath path;
  path.producer = producer;
  Value value = producer->getResult(0);
  path.view = lastAxis(value);
  path.channels = path.view.count;
  bool grows = false;
  for (Operation *op = producer;;) {
    const Bounds bounds = boundsOf(op);
    reason = whyNotClamp(bounds);
    if (!reason.empty())
      return std::nullopt;
    if (bounds.upper < path.upper && grows) {
      reason = "an upper clamp behind a slope";
      return std::nullopt;
    }
    path.upper = std::min(path.upper, bounds.upper);
    grows |= mayGrow(op);

    if (value.use_empty()) {
      reason = "nothing uses it";
      return std::nullopt;
    }
    if (llvm::all_of(value.getUses(), [&](OpOperand &use) {
          return readsChannels(use, path.view);
        })) {
      for (Operation *user : value.getUsers())
        path.consumers.push_back(user);
      return path;
    }
    if (!value.hasOneUse()) {
      reason = "its result has several uses";
      return std::nullopt;
    }
    op = *value.user_begin();
    if (isa<func::ReturnOp>(op)) {
      reason = "it is a result of the graph";
      return std::nullopt;
    }
    std::optional<ChannelView> view;
    if (value == op->getOperand(0) && isHomogeneous(op))
      view = viewBehind(op, path.view);
    if (!view) {
      reason = quoted(op) + " does not pass a scale per channel on";
      return std::nullopt;
    }
    path.view = *view;
    value = op->getResult(0);
  }
}

bool quantize::canScaleChannels(Operation *op) {
  if (auto norm = dyn_cast<nn::LayerNormOp>(op)) {
    auto type = cast<RankedTensorType>(norm.getType());
    return int64_t(norm.getAxis()) == type.getRank() - 1 &&
           isConstant(norm.getScale()) &&
           (!norm.getBias() || isConstant(norm.getBias()));
  }
  if (isa<nn::MulOp>(op)) {
    std::optional<AffineOp> affine = matchAffine(op);
    return affine && int64_t(affine->map.scale.size()) ==
                         lastAxis(op->getResult(0)).count;
  }
  return matchFilterOp(op).has_value();
}

/// Multiplies a constant operand with an element per channel.
static void scaleConstant(RewriterBase &rewriter, OpOperand &operand,
                          ArrayRef<double> factors) {
  std::vector<float> values = *constantValues(operand.get());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(values[i] * factors[i]);
  Value old = operand.get();
  rewriter.setInsertionPoint(operand.getOwner());
  Value scaled =
      createConstant(rewriter, old.getLoc(),
                     cast<RankedTensorType>(old.getType()).getShape(), values);
  rewriter.modifyOpInPlace(operand.getOwner(), [&] { operand.set(scaled); });
}

void quantize::scaleChannels(RewriterBase &rewriter, Operation *op,
                             ArrayRef<double> factors) {
  const Affine map{factors.vec(), {0}};
  if (std::optional<FilterOp> filter = matchFilterOp(op)) {
    applyAfter(*filter, map);
    rebuild(rewriter, *filter, op->getOperand(0), op->getLoc());
  } else {
    // The constants of a mul or layer_norm.
    for (OpOperand &operand : op->getOpOperands())
      if (isConstant(operand.get()))
        scaleConstant(rewriter, operand, factors);
  }
  if (std::optional<ChannelStatistics> statistics = statisticsOf(op))
    rewriter.modifyOpInPlace(
        op, [&] { setStatistics(op, mapped(std::move(*statistics), map)); });
}

std::vector<int64_t> quantize::inputChannels(Operation *op,
                                             const ChannelView &view) {
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  std::vector<int64_t> channels(type.getShape().back());
  for (size_t i = 0; i < channels.size(); ++i)
    channels[i] = view.channelOf(i);
  return channels;
}

void quantize::scaleInputs(RewriterBase &rewriter, Operation *op,
                           const ChannelView &view, ArrayRef<double> factors) {
  FilterOp filter = *matchFilterOp(op);
  Affine map;
  map.scale.clear();
  for (int64_t channel : inputChannels(op, view))
    map.scale.push_back(factors[channel]);
  [[maybe_unused]] const bool exact = applyBefore(filter, map);
  assert(exact && "a map without a shift is exact");
  rebuild(rewriter, filter, op->getOperand(0), op->getLoc());
}

std::optional<ChannelRange> quantize::knownRange(Operation *op,
                                                 const ChannelRanges *observed,
                                                 double deviations) {
  if (observed)
    if (auto it = observed->find(op->getResult(0)); it != observed->end())
      return it->second;
  std::optional<ChannelStatistics> statistics = statisticsOf(op);
  if (auto norm = dyn_cast<nn::LayerNormOp>(op); norm && !statistics) {
    auto scale = constantValues(norm.getScale());
    auto bias = norm.getBias() ? constantValues(norm.getBias())
                               : std::vector<float>(scale ? scale->size() : 0);
    if (scale && bias &&
        lastAxis(norm.getOutput()).count == int64_t(scale->size()))
      statistics = mapped({std::vector<float>(scale->size(), 0.0f),
                           std::vector<float>(scale->size(), 1.0f)},
                          {doubles(*scale), doubles(*bias)});
  }
  if (!statistics)
    return std::nullopt;
  const Bounds bounds = boundsOf(op);
  ChannelRange range;
  for (int64_t c = 0; c < statistics->channels(); ++c) {
    const double mean = statistics->mean[c];
    const double reach = deviations * statistics->deviation[c];
    auto clamped = [&](double x) {
      return std::min(std::max(static_cast<float>(x), bounds.lower),
                      bounds.upper);
    };
    range.min.push_back(clamped(mean - reach));
    range.max.push_back(clamped(mean + reach));
  }
  return range;
}

std::string quantize::shortText(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.3g", value);
  return text;
}

void quantize::eraseUnusedConstants(func::FuncOp function) {
  SmallVector<nn::ConstantOp> unused;
  function.walk([&](nn::ConstantOp op) {
    if (op->use_empty())
      unused.push_back(op);
  });
  for (nn::ConstantOp op : unused)
    op.erase();
}
