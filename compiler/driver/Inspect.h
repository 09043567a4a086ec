// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables about a model, for people.

#ifndef QUENCH_COMPILER_DRIVER_INSPECT_H
#define QUENCH_COMPILER_DRIVER_INSPECT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace quench {

/// Multiply-accumulates of an nn or q op; 0 for ops without a product.
int64_t macsOf(mlir::Operation *op);

/// Level, inputs, outputs, totals, and one line an op (nn, qf, q) or a call
/// (plan) with name, shape, MACs and constant bytes.
void inspect(mlir::ModuleOp module, llvm::raw_ostream &os);

/// Targets of codegen/targets, and which of them this machine runs.
void printTargets(llvm::raw_ostream &os);

/// Name of the best target this machine runs.
llvm::StringRef hostTarget();

/// Which ops exist on which level and which kernels on which target, from the
/// registries themselves.
void printSupport(mlir::MLIRContext &context, llvm::raw_ostream &os);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_INSPECT_H
