// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matching affine maps and multiplying them into filters, in double.

#include "compiler/quantize/Affine.h"

#include "compiler/quantize/Constants.h"
#include "dialects/nn/NN.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

bool Affine::hasShift() const {
  return std::any_of(shift.begin(), shift.end(),
                     [](double x) { return x != 0; });
}

/// A constant operand as one number per channel of `type`, if broadcasting it
/// means that and does not change the shape.
static std::optional<std::vector<double>> perChannel(Value constant,
                                                     RankedTensorType type) {
  std::optional<std::vector<float>> values = constantValues(constant);
  if (!values || type.getRank() == 0)
    return std::nullopt;
  auto shape = cast<RankedTensorType>(constant.getType()).getShape();
  if (int64_t(shape.size()) > type.getRank())
    return std::nullopt;
  const bool scalar = values->size() == 1;
  if (!scalar && (int64_t(values->size()) != shape.back() ||
                  shape.back() != type.getShape().back()))
    return std::nullopt;
  return std::vector<double>(values->begin(), values->end());
}

static std::vector<double> negated(std::vector<double> values) {
  for (double &value : values)
    value = -value;
  return values;
}

static std::optional<AffineOp> matchBatchNorm(nn::BatchNormOp op) {
  auto scale = constantValues(op.getScale());
  auto bias = constantValues(op.getBias());
  auto mean = constantValues(op.getMean());
  auto variance = constantValues(op.getVariance());
  if (!scale || !bias || !mean || !variance)
    return std::nullopt;
  AffineOp result{op.getInput(), {}};
  result.map.scale.resize(scale->size());
  result.map.shift.resize(scale->size());
  for (size_t c = 0; c < scale->size(); ++c) {
    const double factor =
        double((*scale)[c]) /
        std::sqrt(double((*variance)[c]) + op.getEpsilon().convertToDouble());
    result.map.scale[c] = factor;
    result.map.shift[c] = double((*bias)[c]) - factor * double((*mean)[c]);
  }
  return result;
}

std::optional<AffineOp> quantize::matchAffine(Operation *op) {
  if (auto norm = dyn_cast<nn::BatchNormOp>(op))
    return matchBatchNorm(norm);
  if (!isa<nn::MulOp, nn::AddOp, nn::SubOp>(op) || op->hasAttr("clamp"))
    return std::nullopt;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  const bool left = isConstant(op->getOperand(0));
  Value input = op->getOperand(left ? 1 : 0);
  if (isConstant(input) || input.getType() != type)
    return std::nullopt;
  auto values = perChannel(op->getOperand(left ? 0 : 1), type);
  if (!values)
    return std::nullopt;
  AffineOp result{input, {}};
  if (isa<nn::MulOp>(op)) {
    result.map.scale = *values;
  } else if (isa<nn::SubOp>(op)) {
    result.map.scale = {left ? -1.0 : 1.0};
    result.map.shift = left ? *values : negated(*values);
  } else {
    result.map.shift = *values;
  }
  return result;
}

std::optional<FilterOp> quantize::matchFilterOp(Operation *op) {
  if (!isa_and_nonnull<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp>(op))
    return std::nullopt;
  auto filter = constantValues(op->getOperand(1));
  if (!filter)
    return std::nullopt;
  FilterOp result{op, std::move(*filter), {}, {}, 1};
  auto type = cast<RankedTensorType>(op->getOperand(1).getType());
  result.shape.assign(type.getShape().begin(), type.getShape().end());
  if (auto groups = op->getAttrOfType<IntegerAttr>("groups"))
    result.groups = groups.getInt();
  if (op->getNumOperands() > 2) {
    auto bias = constantValues(op->getOperand(2));
    if (!bias)
      return std::nullopt;
    result.bias = std::move(*bias);
  } else {
    result.bias.assign(result.outChannels(), 0.0f);
  }
  return result;
}

void quantize::applyAfter(FilterOp &filterOp, const Affine &map) {
  const int64_t inner = filterOp.filter.size() / filterOp.outChannels();
  for (int64_t oc = 0; oc < filterOp.outChannels(); ++oc) {
    for (int64_t i = 0; i < inner; ++i) {
      float &weight = filterOp.filter[oc * inner + i];
      weight = static_cast<float>(weight * map.scaleAt(oc));
    }
    filterOp.bias[oc] = static_cast<float>(filterOp.bias[oc] * map.scaleAt(oc) +
                                           map.shiftAt(oc));
  }
}

bool quantize::applyBefore(FilterOp &filterOp, const Affine &map) {
  if (map.hasShift()) {
    // Where a tap falls outside the picture it adds 0, not its shift.
    if (isa<nn::ConvTranspose2DOp>(filterOp.op))
      return false;
    if (auto pads = filterOp.op->getAttrOfType<DenseI64ArrayAttr>("pads"))
      if (llvm::any_of(pads.asArrayRef(), [](int64_t pad) { return pad; }))
        return false;
  }
  const int64_t inner = filterOp.filter.size() / filterOp.outChannels();
  const int64_t groupInput = filterOp.shape.back();
  const int64_t groupOutput = filterOp.outChannels() / filterOp.groups;
  for (int64_t oc = 0; oc < filterOp.outChannels(); ++oc) {
    const int64_t firstInput = oc / groupOutput * groupInput;
    double shift = 0;
    for (int64_t i = 0; i < inner; ++i) {
      float &weight = filterOp.filter[oc * inner + i];
      const int64_t channel = firstInput + i % groupInput;
      shift += double(weight) * map.shiftAt(channel);
      weight = static_cast<float>(weight * map.scaleAt(channel));
    }
    filterOp.bias[oc] = static_cast<float>(filterOp.bias[oc] + shift);
  }
  return true;
}

void quantize::rebuild(RewriterBase &rewriter, const FilterOp &filterOp,
                       Value input, Location loc) {
  Operation *op = filterOp.op;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Value filter = createConstant(rewriter, op->getOperand(1).getLoc(),
                                filterOp.shape, filterOp.filter);
  Value bias = createConstant(rewriter, derivedLoc(filter, "bias"),
                              filterOp.outChannels(), filterOp.bias);
  rewriter.modifyOpInPlace(op, [&] {
    op->setOperands({input, filter, bias});
    op->setLoc(loc);
  });
}
