// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a float model to its QFloat form: the order of the quantizer's steps.

#ifndef QUENCH_COMPILER_DRIVER_QUANTIZE_H
#define QUENCH_COMPILER_DRIVER_QUANTIZE_H

#include "compiler/driver/Lower.h"

namespace quench {

/// Whether ranges are still to be taken.
bool hasObserver(mlir::ModuleOp module);

/// Takes a module of level nn, or of qf with observers or as a QDQ file gave
/// it, to the final qf. On failure errors have been printed.
Exit quantizeModel(Session &session, mlir::ModuleOp module,
                   const LowerOptions &options);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_QUANTIZE_H
