// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// BatchNormalization and LayerNormalization.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"

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
