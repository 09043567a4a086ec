// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of convert-qf-to-q: how one nn op becomes one q op.

#ifndef QUENCH_COMPILER_QUANTIZE_CONVERTOPS_H
#define QUENCH_COMPILER_QUANTIZE_CONVERTOPS_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"

#include <string>

namespace quench::quantize {

/// One nn op to be converted.
struct Conversion {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Operation *op;
  /// The quantized operands; null where the operand is float.
  llvm::SmallVector<mlir::Value> operands;
  /// The grid of the result; that of the operands for ops that move codes.
  mlir::quant::UniformQuantizedType grid;
  /// Why there is no result.
  std::string why;

  mlir::Value fail(const llvm::Twine &reason) {
    why = reason.str();
    return {};
  }
  mlir::RankedTensorType resultType() const;
};

/// The quantized result; null with `why` filled in if the op cannot be
/// converted. Operands have been checked: all are there but a prelu's slope.
mlir::Value convertOp(Conversion &conversion);

/// Whether operand `index` may be float.
bool mayBeFloat(mlir::Operation *op, unsigned index);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CONVERTOPS_H
