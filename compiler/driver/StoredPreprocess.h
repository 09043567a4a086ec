// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Preprocessing that a model remembers: what was given when it was calibrated
// is what its inputs want ever after.

#ifndef QUENCH_COMPILER_DRIVER_STOREDPREPROCESS_H
#define QUENCH_COMPILER_DRIVER_STOREDPREPROCESS_H

#include "codegen/emit/Model.h"
#include "compiler/driver/Data.h"
#include "compiler/driver/Session.h"

#include "mlir/IR/BuiltinOps.h"

namespace quench {

/// If a flag was given, stores the preprocessing of `options` in the module
/// (quench.preprocess, an entry for all inputs); all that was there is
/// replaced. Else the module's becomes that of `options`. On failure errors
/// have been printed.
Exit resolvePreprocess(Session &session, mlir::ModuleOp module,
                       DataOptions &options);

/// Says which preprocessing resolvePreprocess chose, unless it is none.
void sayPreprocess(Session &session, const DataOptions &options);

/// Puts the module's preprocessing in words at the inputs of the emitted model.
mlir::LogicalResult noteInputs(mlir::ModuleOp module, emit::Model &model);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_STOREDPREPROCESS_H
