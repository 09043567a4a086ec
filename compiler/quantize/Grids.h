// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which values share a grid, and which grid a value is on.

#ifndef QUENCH_COMPILER_QUANTIZE_GRIDS_H
#define QUENCH_COMPILER_QUANTIZE_GRIDS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/IntEqClasses.h"

namespace quench::quantize {

/// Values connected by ops that only move codes (Form::SameGrid).
class GridGroups {
public:
  explicit GridGroups(mlir::func::FuncOp function);

  /// The same number for values of one group.
  unsigned of(mlir::Value value) const;
  unsigned size() const { return classes.getNumClasses(); }

private:
  llvm::DenseMap<mlir::Value, unsigned> index;
  llvm::IntEqClasses classes;
};

/// The quantized type whose grid the values of a QFloat tensor lie on: that of
/// a fake_quant or qf.constant, looked up through ops that only move codes.
/// Null where there is none, or where operands of a concat differ.
mlir::Type gridOf(mlir::Value value);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_GRIDS_H
