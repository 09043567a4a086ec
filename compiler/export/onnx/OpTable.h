// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One row per op: since which opset ONNX can say it, and who says it.

#ifndef QUENCH_COMPILER_EXPORT_ONNX_OPTABLE_H
#define QUENCH_COMPILER_EXPORT_ONNX_OPTABLE_H

#include "compiler/export/onnx/GraphExporter.h"

namespace quench::exporter {

struct OpRow {
  const char *name; ///< of the op: nn.conv2d
  int64_t opset;    ///< the first that has all the operators needed
  void (*emit)(GraphExporter &e, mlir::Operation *op);
  bool movesCodes = false; ///< operands and result are on one grid
};

/// The row of an op by its name; null if there is none.
const OpRow *findRow(llvm::StringRef name);
/// True if the result is on the grid of the operands.
bool movesCodes(mlir::Operation *op);
/// The first opset that can say this very op.
int64_t opsetOf(mlir::Operation *op);

/// The lowest opset that is written: DequantizeLinear has an axis since then.
inline constexpr int64_t lowestOpset = 13;

void exportActivation(GraphExporter &e, mlir::Operation *op);
void exportArgMax(GraphExporter &e, mlir::Operation *op);
void exportBatchNorm(GraphExporter &e, mlir::Operation *op);
void exportBinary(GraphExporter &e, mlir::Operation *op);
void exportConcat(GraphExporter &e, mlir::Operation *op);
void exportConstant(GraphExporter &e, mlir::Operation *op);
void exportConv(GraphExporter &e, mlir::Operation *op);
void exportConvTranspose(GraphExporter &e, mlir::Operation *op);
void exportFakeQuant(GraphExporter &e, mlir::Operation *op);
void exportLayerNorm(GraphExporter &e, mlir::Operation *op);
void exportLinear(GraphExporter &e, mlir::Operation *op);
void exportMatMul(GraphExporter &e, mlir::Operation *op);
void exportPRelu(GraphExporter &e, mlir::Operation *op);
void exportPad(GraphExporter &e, mlir::Operation *op);
void exportPool(GraphExporter &e, mlir::Operation *op);
void exportReduce(GraphExporter &e, mlir::Operation *op);
void exportReshape(GraphExporter &e, mlir::Operation *op);
void exportResize(GraphExporter &e, mlir::Operation *op);
void exportSlice(GraphExporter &e, mlir::Operation *op);
void exportSoftmax(GraphExporter &e, mlir::Operation *op);
void exportTranspose(GraphExporter &e, mlir::Operation *op);

} // namespace quench::exporter

#endif // QUENCH_COMPILER_EXPORT_ONNX_OPTABLE_H
