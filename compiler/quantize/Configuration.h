// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A QConfig applied to a graph: what it says of each op.

#ifndef QUENCH_COMPILER_QUANTIZE_CONFIGURATION_H
#define QUENCH_COMPILER_QUANTIZE_CONFIGURATION_H

#include "compiler/quantize/QConfig.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LLVM.h"

namespace quench::quantize {

/// The QConfig in the module's attribute quench.qconfig or, without it, the
/// preset `fallback`. An error is a diagnostic on the module.
mlir::FailureOr<QConfig> qconfigOf(mlir::Operation *op,
                                   llvm::StringRef fallback);

/// Writes the attribute.
void setQConfig(mlir::ModuleOp module, const QConfig &config);

/// What a QConfig says of one op or argument.
struct OpConfig {
  TensorConfig weight, activation;
  std::optional<std::vector<float>> range; ///< of the result, given
  bool keepFloat = false;
};

/// Kind ("conv2d", "input") and name decide; later overrides win.
OpConfig configOf(const QConfig &config, mlir::Value value);

/// An override that no op or argument of `function` matches is an error that
/// shows names that are near, if there are.
mlir::LogicalResult checkOverrides(const QConfig &config,
                                   mlir::func::FuncOp function);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CONFIGURATION_H
