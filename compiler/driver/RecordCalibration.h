// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What calibration saw, kept in the model for those who ask later where a scale
// comes from.

#ifndef QUENCH_COMPILER_DRIVER_RECORDCALIBRATION_H
#define QUENCH_COMPILER_DRIVER_RECORDCALIBRATION_H

#include "mlir/IR/BuiltinOps.h"

namespace quench {

/// Stores name, observer, range and samples of every qf.observe that has a
/// range as `quench.calibration` (compiler/artefact/Records.h), in order of the
/// graph. To be called before the observers become fake quantizers.
void recordCalibration(mlir::ModuleOp module);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_RECORDCALIBRATION_H
