// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What Lockstep holds of each of its two functions.

#ifndef QUENCH_COMPILER_INTERPRET_LOCKSTEPGRAPH_H
#define QUENCH_COMPILER_INTERPRET_LOCKSTEPGRAPH_H

#include "compiler/interpret/Evaluation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace quench::interpret {

/// A value for all samples; a constant once. With a grid `carried` is what was
/// computed and `plain` is made when somebody asks.
struct Held {
  GridType grid;
  std::vector<Tensor> plain, carried;
};

/// An evaluation with its kernel.
struct Made {
  Evaluation evaluation;
  Kernel kernel;

  Tensor run(Inputs inputs) const;
};

/// A float kernel with one operand and a result of its shape.
Tensor runOn(const Kernel &kernel, const Tensor &x);

/// One of the two functions: its values for all samples, each freed after the
/// pair that reads it last.
class LockstepGraph {
public:
  /// Lists the ops and who reads what last; emits diagnostics.
  mlir::LogicalResult create(mlir::func::FuncOp function);
  /// Holds the arguments; rounds them, and constants that are rounded again.
  mlir::LogicalResult begin(llvm::ArrayRef<std::vector<Tensor>> samples);
  /// Evaluates ops[pair] and the fake_quants behind it.
  mlir::LogicalResult evaluate(size_t pair);
  /// Frees what nobody reads after `pair` (-1: the arguments' own step).
  void end(int64_t pair);
  void clear() {
    values.clear();
    chain.clear();
  }

  GridType gridOf(mlir::Value value) const;
  const Tensor &plain(mlir::Value value, size_t sample);
  /// Null without a grid.
  const Tensor *carried(mlir::Value value, size_t sample);
  /// The result of the first fake_quant of `value`, or `value`.
  mlir::Value rounded(mlir::Value value) const;
  void forget(mlir::Value constant) { values.erase(constant); }
  int64_t liveBytes() const;

  mlir::func::FuncOp function;
  std::vector<mlir::Operation *> ops;
  std::vector<Made> chain; // of the pair that runs
  size_t numSamples = 0;

private:
  Held &held(mlir::Value value);
  mlir::FailureOr<mlir::Value> evaluateOne(mlir::Operation *op);
  mlir::LogicalResult roundAfter(mlir::Value value);

  llvm::DenseMap<mlir::Value, Held> values;
  std::vector<llvm::SmallVector<mlir::Value>> dead; // [pair + 1]
};

/// Constants as kernels want them when they are made, null for the others.
llvm::SmallVector<const Tensor *>
constantsOf(LockstepGraph &graph, mlir::Operation *op, bool carried);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_LOCKSTEPGRAPH_H
