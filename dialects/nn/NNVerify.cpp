// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the `nn` ops check beyond shapes, which NNInfer.cpp covers.

#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace quench::nn;

namespace {

ShapeRef shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// A clamp is [low, high] with low <= high; infinities are allowed.
LogicalResult verifyClamp(Operation *op, std::optional<ArrayRef<float>> clamp) {
  if (!clamp)
    return success();
  if (clamp->size() != 2)
    return op->emitOpError("clamp expects 2 entries, but has ")
           << clamp->size();
  if (!((*clamp)[0] <= (*clamp)[1]))
    return op->emitOpError("clamp expects low <= high, but has ")
           << (*clamp)[0] << " and " << (*clamp)[1];
  return success();
}

/// A vector operand has `count` elements.
LogicalResult verifyVector(Operation *op, StringRef what, Value vector,
                           int64_t count) {
  if (!vector)
    return success();
  ShapeRef shape = shapeOf(vector);
  if (shape.size() == 1 && shape[0] == count)
    return success();
  InFlightDiagnostic diag = op->emitOpError(what)
                            << " expects " << count << " elements, but is "
                            << vector.getType();
  diag.attachNote(vector.getLoc()) << what << " is defined here";
  return diag;
}

/// A parameter of a formula: finite, so that finite inputs give numbers.
LogicalResult verifyFinite(Operation *op, StringRef what,
                           const APFloat &value) {
  if (value.isFinite())
    return success();
  return op->emitOpError(what)
         << " expects a finite number, but is " << value.convertToFloat();
}

LogicalResult verifyEpsilon(Operation *op, const APFloat &epsilon) {
  if (failed(verifyFinite(op, "epsilon", epsilon)))
    return failure();
  if (epsilon.isNegative() && !epsilon.isZero())
    return op->emitOpError("epsilon expects a value of at least 0, but is ")
           << epsilon.convertToFloat();
  return success();
}

LogicalResult verifyAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return op->emitOpError("axis expects a value in [0, ")
         << rank << "), but is " << axis;
}

} // namespace

LogicalResult ConstantOp::verify() {
  return verifyElements(*this, "value", getValue());
}

template <typename Op>
static LogicalResult verifyConv(Op op) {
  // Shape inference, which comes after this, refuses a filter of rank 0.
  ShapeRef filter = shapeOf(op.getFilter());
  if (!filter.empty() &&
      failed(verifyVector(op, "bias", op.getBias(), filter[0])))
    return failure();
  return verifyClamp(op, op.getClamp());
}

LogicalResult Conv2DOp::verify() { return verifyConv(*this); }
LogicalResult ConvTranspose2DOp::verify() { return verifyConv(*this); }
LogicalResult LinearOp::verify() { return verifyConv(*this); }
LogicalResult AddOp::verify() { return verifyClamp(*this, getClamp()); }
LogicalResult SubOp::verify() { return verifyClamp(*this, getClamp()); }
LogicalResult MulOp::verify() { return verifyClamp(*this, getClamp()); }

LogicalResult ClipOp::verify() {
  // Negated, so that NaN is refused too.
  if (!(getMin() <= getMax()))
    return emitOpError("expects min <= max, but has ")
           << getMinAttr() << " and " << getMaxAttr();
  return success();
}

LogicalResult LeakyReluOp::verify() {
  return verifyFinite(*this, "alpha", getAlpha());
}

LogicalResult HardSigmoidOp::verify() {
  return success(succeeded(verifyFinite(*this, "alpha", getAlpha())) &&
                 succeeded(verifyFinite(*this, "beta", getBeta())));
}

LogicalResult PReluOp::verify() {
  ShapeRef shape = shapeOf(getInput());
  if (shape.empty())
    return emitOpError("expects an input of rank at least 1");
  const int64_t count =
      cast<RankedTensorType>(getSlope().getType()).getNumElements();
  if (count != 1 && count != shape.back())
    return emitOpError("slope expects 1 or ")
           << shape.back() << " elements, but has " << count;
  return success();
}

LogicalResult PadOp::verify() {
  // +-infinity is the neutral element of a max pool behind the pad.
  if (getValue().isNaN())
    return emitOpError("value is not a number");
  return success();
}

LogicalResult ReshapeOp::verify() {
  const int64_t from =
      cast<RankedTensorType>(getInput().getType()).getNumElements();
  const int64_t to = cast<RankedTensorType>(getType()).getNumElements();
  if (from != to)
    return emitOpError("expects ")
           << from << " elements, but the result has " << to;
  return success();
}

LogicalResult ResizeOp::verify() {
  return checkResize(shapeOf(getInput()), shapeOf(getOutput()), getMode(),
                     getCoordinates(), getRounding(), getScales(),
                     [&](const Twine &sentence) { emitOpError(sentence); });
}

LogicalResult SoftmaxOp::verify() {
  return verifyAxis(*this, getAxis(), shapeOf(getInput()).size());
}

LogicalResult BatchNormOp::verify() {
  ShapeRef shape = shapeOf(getInput());
  if (shape.empty())
    return emitOpError("expects an input of rank at least 1");
  const int64_t channels = shape.back();
  if (failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  return success(
      succeeded(verifyVector(*this, "scale", getScale(), channels)) &&
      succeeded(verifyVector(*this, "bias", getBias(), channels)) &&
      succeeded(verifyVector(*this, "mean", getMean(), channels)) &&
      succeeded(verifyVector(*this, "variance", getVariance(), channels)));
}

LogicalResult LayerNormOp::verify() {
  ShapeRef shape = shapeOf(getInput());
  if (failed(verifyAxis(*this, getAxis(), shape.size())) ||
      failed(verifyEpsilon(*this, getEpsilon())))
    return failure();
  ShapeRef normalized = shape.drop_front(getAxis());
  if (shapeOf(getScale()) != normalized)
    return emitOpError("scale expects the shape of the normalized axes of ")
           << getInput().getType() << ", but is " << getScale().getType();
  if (getBias() && shapeOf(getBias()) != normalized)
    return emitOpError("bias expects the shape of the normalized axes of ")
           << getInput().getType() << ", but is " << getBias().getType();
  return success();
}
