// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arrow q -> q of the straight line.

#ifndef QUENCH_COMPILER_OPTIMIZE_PIPELINES_H
#define QUENCH_COMPILER_OPTIMIZE_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace quench::optimize {

/// Appends all passes of q -> q, in order; `pm` runs on the module. No result
/// changes by a byte.
void buildOptimizePipeline(mlir::OpPassManager &pm);

/// Makes `quench-optimize` known to quench-opt.
void registerOptimizePipelines();

} // namespace quench::optimize

#endif // QUENCH_COMPILER_OPTIMIZE_PIPELINES_H
