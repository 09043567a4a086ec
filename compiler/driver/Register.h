// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every tool knows: the dialects, the passes and the named pipelines.

#ifndef QUENCH_COMPILER_DRIVER_REGISTER_H
#define QUENCH_COMPILER_DRIVER_REGISTER_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace quench {

/// Our four levels (nn, qf, q, plan) and what they are written with: builtin,
/// func and the types of quant.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Every pass and pipeline of quantize, optimize and place, plus the few
/// upstream passes people expect in an opt tool (canonicalize, cse,
/// symbol-dce, inline). Call once a process.
void registerAllPasses();

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_REGISTER_H
