// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How one op of the nn or qf level is evaluated: which ops join the fake_quant
// behind them, what is carried as integers, which kernel it takes. Interpreter
// (a whole function) and Lockstep (two functions op by op) both ask here, so
// that they cannot differ.

#ifndef QUENCH_COMPILER_INTERPRET_EVALUATION_H
#define QUENCH_COMPILER_INTERPRET_EVALUATION_H

#include "compiler/interpret/QFloat.h"
#include "dialects/qf/QF.h"

namespace quench::interpret {

/// The grid a value is carried on; null for a float value.
using GridOf = llvm::function_ref<GridType(mlir::Value)>;

struct Evaluation {
  mlir::Operation *op = nullptr; ///< its operands are the inputs
  mlir::Value result;            ///< of op, or of the fake_quant joined to it
  GridType grid;                 ///< of the result, then carried; null: float
  /// Operands that have a grid come carried; otherwise all come as float.
  bool takesCarried = false;
  /// The kernel, made from the constants of now; a diagnostic on op.
  std::function<mlir::FailureOr<Kernel>(Inputs constants)> makeKernel = nullptr;
};

/// The only user of the op's result is a fake_quant, and the two are evaluated
/// together as one integer op.
bool joinsFakeQuant(mlir::Operation *op, GridOf gridOf);

/// How a qf.fake_quant (with what joins it) or an nn op that joins none is
/// evaluated. Neither may be a constant (isConstant). Emits a diagnostic for a
/// fake_quant to a grid that activations cannot have.
mlir::FailureOr<Evaluation> evaluationOf(mlir::Operation *op, GridOf gridOf);

/// Result of an nn.constant, a qf.constant or a fake_quant of an nn.constant.
bool isConstant(mlir::Value value);

/// Grid of a constant, maybe per axis; null for an nn.constant.
GridType constantGrid(mlir::Value constant);

/// The elements of a constant as float or, where it has a grid, carried.
Tensor constantTensor(mlir::Value constant, bool carried);

/// The kind of a tensor type's elements; nothing if no tensor here can hold it.
std::optional<ElementKind> kindOf(mlir::Type type);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_EVALUATION_H
