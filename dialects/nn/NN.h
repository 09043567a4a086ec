// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The `nn` dialect: float networks, channels last. Ops are declared in
// NNOps.td.

#ifndef QUENCH_DIALECTS_NN_NN_H
#define QUENCH_DIALECTS_NN_NN_H

#include "dialects/nn/Shapes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/nn/NNDialect.h.inc"

namespace quench::nn {

/// The bounds of a clamp in text, `[0.0, inf]`. MLIR's own form of f32 arrays
/// prints an infinity as 0x7F800000 and reads that as 0.
mlir::ParseResult parseBounds(mlir::OpAsmParser &parser,
                              mlir::DenseF32ArrayAttr &bounds);
void printBounds(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                 mlir::DenseF32ArrayAttr bounds);

} // namespace quench::nn

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.h.inc"

#endif // QUENCH_DIALECTS_NN_NN_H
