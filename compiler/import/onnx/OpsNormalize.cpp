// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BatchNormalization and LayerNormalization.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"
#include "dialects/nn/Elements.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

void quench::importer::importBatchNormalization(NodeImporter &n) {
  Tensor &input = *n.input(0);
  n.node.ignoreAttr("momentum");
  const float epsilon = n.node.floatAttr("epsilon", 1e-5f);
  if (n.node.boolAttr("training_mode", false))
    n.reject("training mode is not supported; export the model for inference");
  for (size_t i = 1; i < n.node.numOutputs(); ++i)
    n.expectUnused(i, "training statistics");
  if (input.rank() < 2)
    n.reject("expects an input of rank 2 or more, but it has shape " +
             toString(input.shape));
  if (n.rejected())
    return;
  const Perm perm = channelsLastPerm(input.rank());
  SmallVector<Value> operands = {n.inLayout(input, perm)};
  static constexpr const char *names[] = {"", "scale", "bias", "mean",
                                          "variance"};
  for (size_t i = 1; i < std::size(names); ++i)
    operands.push_back(n.vectorConstant(*n.input(i), input.shape[1], names[i]));
  n.result(0, n.emit<nn::BatchNormOp>(operands, n.attr("epsilon", epsilon)),
           perm);
}

void quench::importer::importLayerNormalization(NodeImporter &n) {
  Tensor &input = *n.input(0);
  n.node.ignoreAttr("stash_type");
  n.expectUnused(1, "mean");
  n.expectUnused(2, "inverse deviation");
  const float epsilon = n.node.floatAttr("epsilon", 1e-5f);
  const int64_t axis =
      n.node.normalizeAxis(n.node.intAttr("axis", -1), input.rank());
  if (n.rejected())
    return;
  // The normalized axes must come last and in order; the others may not.
  Perm perm = layoutOf(input);
  for (int64_t i = axis; i < input.rank(); ++i)
    if (perm[i] != i)
      perm = identityPerm(input.rank());
  const DimsRef normalized = DimsRef(input.shape).drop_front(axis);
  SmallVector<Value> operands = {n.inLayout(input, perm)};
  for (size_t i : {1, 2}) {
    Tensor *tensor = n.input(i);
    if (!tensor)
      continue;
    if (tensor->isActivation() ||
        tensor->host.size() != elementCount(normalized))
      return n.reject("scale and bias expect constants of shape " +
                      toString(normalized) + ", but have " +
                      toString(tensor->shape));
    operands.push_back(n.arrangedConstant(
        *tensor, normalized, identityPerm(normalized.size()), normalized, 0));
  }
  n.result(0,
           n.emit<nn::LayerNormOp>(
               operands, {n.attr("axis", axis), n.attr("epsilon", epsilon)}),
           perm);
}

/// The op that takes the mean of `value` over its last axes and keeps them.
static nn::ReduceMeanOp trailingMean(Value value) {
  auto mean = value.getDefiningOp<nn::ReduceMeanOp>();
  if (!mean || !mean.getKeepdims() || mean.getAxes().empty())
    return {};
  const int64_t rank =
      cast<RankedTensorType>(mean.getInput().getType()).getRank();
  for (auto [i, axis] : llvm::enumerate(llvm::reverse(mean.getAxes())))
    if (axis != rank - 1 - int64_t(i))
      return {};
  return mean;
}

/// x, if `value` is x minus its mean over `axes`.
static Value centredInput(Value value, DimsRef axes) {
  auto difference = value.getDefiningOp<nn::SubOp>();
  if (!difference)
    return {};
  nn::ReduceMeanOp mean = trailingMean(difference.getRhs());
  return mean && mean.getInput() == difference.getLhs() &&
                 mean.getAxes() == axes
             ? difference.getLhs()
             : Value();
}

bool quench::importer::importSpelledLayerNorm(NodeImporter &n) {
  Tensor &numerator = *n.input(0), &denominator = *n.input(1);
  if (!numerator.isActivation() || !denominator.isActivation())
    return false;
  auto root = denominator.value.getDefiningOp<nn::SqrtOp>();
  auto sum = root ? root.getInput().getDefiningOp<nn::AddOp>() : nn::AddOp();
  if (!sum)
    return false;
  Value first = sum.getLhs(), second = sum.getRhs();
  if (first.getDefiningOp<nn::ConstantOp>())
    std::swap(first, second);
  auto epsilon = second.getDefiningOp<nn::ConstantOp>();
  nn::ReduceMeanOp variance = trailingMean(first);
  if (!variance || !epsilon || epsilon.getValue().getNumElements() != 1)
    return false;
  auto square = variance.getInput().getDefiningOp<nn::MulOp>();
  if (!square || square.getLhs() != square.getRhs())
    return false;
  Value x = centredInput(numerator.value, variance.getAxes());
  if (!x || centredInput(square.getLhs(), variance.getAxes()) != x)
    return false;

  const int64_t axis = variance.getAxes().front();
  const DimsRef normalized =
      cast<RankedTensorType>(x.getType()).getShape().drop_front(axis);
  if (!n.charge(*elementCount(normalized) * int64_t(sizeof(float))))
    return true;
  const std::vector<float> ones(*elementCount(normalized), 1.0f);
  const float number = nn::elementValues<float>(epsilon.getValue()).front();
  Value scale = n.floatConstant(normalized, ones, n.node.name());
  Value y = n.emit<nn::LayerNormOp>(
      {x, scale}, {n.attr("axis", axis), n.attr("epsilon", number)});
  n.result(0, y, numerator.perm);
  return true;
}
