// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constructors and registration of the passes of Passes.td.

#ifndef QUENCH_COMPILER_OPTIMIZE_PASSES_H
#define QUENCH_COMPILER_OPTIMIZE_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

#include <memory>

namespace quench::optimize {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/optimize/Passes.h.inc"

} // namespace quench::optimize

#endif // QUENCH_COMPILER_OPTIMIZE_PASSES_H
