// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes from nn to qf to q; Passes.td says what each one does. The pipelines
// made of them are in Pipelines.h.

#ifndef QUENCH_COMPILER_QUANTIZE_PASSES_H
#define QUENCH_COMPILER_QUANTIZE_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace quench::quantize {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/quantize/Passes.h.inc"

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_PASSES_H
