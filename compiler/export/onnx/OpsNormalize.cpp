// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax, layer and batch normalization.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

void quench::exporter::exportSoftmax(GraphExporter &e, Operation *op) {
  auto softmax = cast<nn::SoftmaxOp>(op);
  const Perm perm = e.permOf(softmax.getInput());
  const int64_t axis = inversePerm(perm)[softmax.getAxis()];
  e.result(op,
           e.writer.node("Softmax", e.nameOf(op),
                         e.in(softmax.getInput(), perm), Attr{"axis", axis}),
           perm);
}

void quench::exporter::exportLayerNorm(GraphExporter &e, Operation *op) {
  auto norm = cast<nn::LayerNormOp>(op);
  SmallVector<std::string, 3> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.in(operand, identityPerm(shapeOf(operand).size())));
  e.result(op,
           e.writer.node("LayerNormalization", e.nameOf(op), inputs,
                         {
                             {"axis",    int64_t(norm.getAxis())           },
                             {"epsilon", norm.getEpsilon().convertToFloat()}
  }),
           identityPerm(shapeOf(norm.getOutput()).size()));
}

void quench::exporter::exportBatchNorm(GraphExporter &e, Operation *op) {
  auto norm = cast<nn::BatchNormOp>(op);
  const Perm perm = channelsFirstPerm(shapeOf(norm.getInput()).size());
  SmallVector<std::string, 5> inputs = {e.in(norm.getInput(), perm)};
  for (Value operand : llvm::drop_begin(op->getOperands()))
    inputs.push_back(e.in(operand, identityPerm(1)));
  e.result(op,
           e.writer.node("BatchNormalization", e.nameOf(op), inputs,
                         Attr{"epsilon", norm.getEpsilon().convertToFloat()}),
           perm);
}
