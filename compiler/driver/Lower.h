// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The straight line from any level to plan.

#ifndef QUENCH_COMPILER_DRIVER_LOWER_H
#define QUENCH_COMPILER_DRIVER_LOWER_H

#include "compiler/driver/Data.h"
#include "compiler/driver/Inputs.h"
#include "compiler/driver/Phases.h"

namespace quench {

struct LowerOptions {
  InputOptions input;
  DataOptions calibration;
  std::string observer = "min_max";
  bool perChannel = true;
  bool dataFree = false;   ///< ranges from batch-norm statistics
  bool equalize = false;   ///< cross-layer equalization, from calibration data
  bool int8Border = false; ///< inputs and outputs as codes
  bool channelsLast = false; ///< inputs and outputs in NHWC
  bool optimize = true;
  std::vector<std::string> targets; ///< names of codegen/targets, best first
  std::string prefix;      ///< of the emitted names; empty: the model's
  std::string optionsText; ///< repeated in emitted files
  bool selftest = true;    ///< run q for the self-test's sums
};

/// Takes `module` to `level`, which must not lie above its own. On failure
/// errors have been printed.
Exit lower(Session &session, mlir::ModuleOp module, Phase level,
           const LowerOptions &options);

/// The arguments of @main as inputs of float data.
std::vector<InputInfo> modelInputs(mlir::ModuleOp module);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_LOWER_H
