// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Matrix products. nn.linear is Gemm: that is the one with a bias that
// onnxruntime computes in integers.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

/// [..., K] as [M, K].
static std::string asMatrix(GraphExporter &e, Value input) {
  const DimsRef shape = shapeOf(input);
  const std::string tensor = e.in(input, identityPerm(shape.size()));
  if (shape.size() == 2)
    return tensor;
  const int64_t rows =
      cast<RankedTensorType>(input.getType()).getNumElements() / shape.back();
  return e.reshape(tensor + ".rows", tensor, {rows, shape.back()},
                   e.gridOf(input));
}

void quench::exporter::exportLinear(GraphExporter &e, Operation *op) {
  auto linear = cast<nn::LinearOp>(op);
  SmallVector<std::string, 3> inputs = {
      asMatrix(e, linear.getInput()),
      e.filter(linear.getFilter(), identityPerm(2))};
  if (linear.getBias())
    inputs.push_back(e.filter(linear.getBias(), identityPerm(1)));
  const DimsRef shape = shapeOf(linear.getOutput());
  const std::string name = e.nameOf(op);
  const bool isMatrix = shape.size() == 2;
  std::string tensor = e.writer.node("Gemm", isMatrix ? name : name + ".rows",
                                     inputs, Attr{"transB", int64_t(1)});
  if (!isMatrix) {
    // Codes, before the Reshape takes them apart from the product.
    if (Grid grid = commonGridOfUsers(op))
      tensor = e.pair(name + ".rows", tensor, grid);
    tensor = e.reshape(name, tensor, shape, nullptr);
  }
  e.result(op, tensor, identityPerm(shape.size()));
}

void quench::exporter::exportMatMul(GraphExporter &e, Operation *op) {
  SmallVector<std::string, 2> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.in(operand, identityPerm(shapeOf(operand).size())));
  e.result(op, e.writer.node("MatMul", e.nameOf(op), inputs),
           identityPerm(shapeOf(op->getResult(0)).size()));
}
