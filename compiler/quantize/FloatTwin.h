// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float twins for models that came in quantized.

#ifndef QUENCH_COMPILER_QUANTIZE_FLOATTWIN_H
#define QUENCH_COMPILER_QUANTIZE_FLOATTWIN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace quench::quantize {

/// A copy of a module of level qf (after assign or normalize) that computes in
/// float: activations are not rounded, constants are the values of their codes.
/// Against it one measures what rounding activations costs; what rounding the
/// weights cost is not in such a model any more. The ends of a grid stay as the
/// clamp of the op in front of it: quantizers leave activations out that the
/// grid makes anyhow (relu with codes from 0 on, relu6 up to 6).
mlir::OwningOpRef<mlir::ModuleOp> makeFloatTwin(mlir::ModuleOp module);

/// Brings the ops of a float function (folded, see buildFoldPipeline) into the
/// order of those of its quantized version, following both from the results
/// backwards: other tools sort branches in their own way. What has no
/// counterpart stays where it is; interpret::Lockstep reports it.
void alignTwin(mlir::func::FuncOp floatFunction,
               mlir::func::FuncOp qfloatFunction);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FLOATTWIN_H
