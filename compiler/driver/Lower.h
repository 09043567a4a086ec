// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The straight line from any level to plan.

#ifndef QUENCH_COMPILER_DRIVER_LOWER_H
#define QUENCH_COMPILER_DRIVER_LOWER_H

#include "compiler/driver/Data.h"
#include "compiler/driver/Inputs.h"
#include "compiler/driver/MixedOptions.h"
#include "compiler/driver/Phases.h"
#include "compiler/driver/QConfigOptions.h"
#include "compiler/driver/Tune.h"

namespace quench {

struct LowerOptions {
  InputOptions input;
  DataOptions calibration;
  QConfigOptions qconfig;
  MixedOptions mixed;
  /// Paths and limit (0: the default) of what models are measured on; the rest
  /// is that of `calibration`.
  DataOptions evaluation;
  int64_t jobs = 0; ///< samples calibrated side by side; 0: one for each core
  /// Filled by calibration, if not null.
  quantize::CalibrationLog *calibrationLog = nullptr;
  bool int8Border = false;   ///< inputs and outputs as codes
  bool channelsLast = false; ///< inputs and outputs in NHWC
  bool optimize = true;
  bool optimizeSize = false;        ///< small code rather than fast code
  std::vector<std::string> targets; ///< names of codegen/targets, best first
  TuneOptions tune;
  std::string prefix;      ///< of the emitted names; empty: the model's
  std::string optionsText; ///< repeated in emitted files
  int64_t threads = 1;     ///< the most workers of the compiled program
  bool bands = true;       ///< layers may run in bands of rows
  bool allResults = false; ///< of every layer, as outputs
  bool selftest = true;    ///< run q for the self-test's sums
  /// If set, gets a copy of a float model as it is when observers go in: the
  /// twin of the qf level (compiler/interpret/Lockstep.h).
  mlir::OwningOpRef<mlir::ModuleOp> *floatTwin = nullptr;
};

/// The options for going on with a module that they have quantized, to see what
/// the compiled model is like.
LowerOptions afterQuantization(LowerOptions options);

/// Takes `module` to `level`, which must not lie above its own. On failure
/// errors have been printed.
Exit lower(Session &session, mlir::ModuleOp module, Phase level,
           const LowerOptions &options);

/// The arguments of @main as inputs of float data.
std::vector<InputInfo> modelInputs(mlir::ModuleOp module);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_LOWER_H
