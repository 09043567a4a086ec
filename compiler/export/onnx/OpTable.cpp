// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of ops.

#include "compiler/export/onnx/OpTable.h"

#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

static constexpr OpRow rows[] = {
    {"nn.abs", 13, exportActivation},
    {"nn.add", 13, exportBinary},
    {"nn.arg_max", 13, exportArgMax},
    {"nn.avg_pool2d", 13, exportPool},
    {"nn.batch_norm", 13, exportBatchNorm},
    {"nn.clip", 13, exportActivation},
    {"nn.concat", 13, exportConcat, true},
    {"nn.constant", 13, exportConstant},
    {"nn.conv2d", 13, exportConv},
    {"nn.conv_transpose2d", 13, exportConvTranspose},
    {"nn.erf", 13, exportActivation},
    {"nn.exp", 13, exportActivation},
    {"nn.gelu", 20, exportActivation},
    {"nn.hard_sigmoid", 13, exportActivation},
    {"nn.hard_swish", 14, exportActivation},
    {"nn.layer_norm", 17, exportLayerNorm},
    {"nn.leaky_relu", 13, exportActivation},
    {"nn.linear", 13, exportLinear},
    {"nn.matmul", 13, exportMatMul},
    {"nn.max_pool2d", 13, exportPool, true},
    {"nn.mul", 13, exportBinary},
    {"nn.pad", 13, exportPad, true},
    {"nn.prelu", 13, exportPRelu},
    {"nn.reduce_max", 13, exportReduce, true},
    {"nn.reduce_mean", 13, exportReduce},
    {"nn.reduce_sum", 13, exportReduce},
    {"nn.relu", 13, exportActivation},
    {"nn.reshape", 13, exportReshape, true},
    {"nn.resize", 13, exportResize}, // see movesCodes
    {"nn.sigmoid", 13, exportActivation},
    {"nn.silu", 13, exportActivation},
    {"nn.slice", 13, exportSlice, true},
    {"nn.softmax", 13, exportSoftmax},
    {"nn.sqrt", 13, exportActivation},
    {"nn.sub", 13, exportBinary},
    {"nn.tanh", 13, exportActivation},
    {"nn.transpose", 13, exportTranspose, true},
    {"qf.constant", 13, exportConstant},
    {"qf.fake_quant", 13, exportFakeQuant},
};

const OpRow *quench::exporter::findRow(StringRef name) {
  for (const OpRow &row : rows)
    if (name == row.name)
      return &row;
  return nullptr;
}

bool quench::exporter::movesCodes(Operation *op) {
  if (auto resize = dyn_cast<nn::ResizeOp>(op))
    return resize.getMode() == "nearest";
  const OpRow *row = findRow(op->getName().getStringRef());
  return row && row->movesCodes;
}

int64_t quench::exporter::opsetOf(Operation *op) {
  const OpRow *row = findRow(op->getName().getStringRef());
  int64_t opset = row ? row->opset : lowestOpset;
  if (auto pool = dyn_cast<nn::AvgPool2DOp>(op))
    if (llvm::any_of(pool.getDilations(), [](int64_t d) { return d != 1; }))
      opset = 19; // AveragePool had no dilations before
  if (auto qtype = op->getAttrOfType<TypeAttr>("qtype"))
    if (cast<Grid>(qtype.getValue()).getStorageTypeIntegralWidth() == 16)
      opset = 21; // QuantizeLinear to int16
  return opset;
}
