// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `--tune`: times the kernels that a model could use, and remembers the times.

#ifndef QUENCH_COMPILER_DRIVER_TUNE_H
#define QUENCH_COMPILER_DRIVER_TUNE_H

#include "compiler/driver/Output.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace quench {

struct TuneOptions {
  std::string file; ///< empty: the cost model chooses
  std::string cpu;  ///< whose times of `file` count; empty: this machine's
  const OutputOptions *compiler = nullptr; ///< which one, where one is needed
};

/// What this machine is called in a file of times.
std::string hostCpu();

/// Adds to `options.file`, which need not exist, the times that it lacks of the
/// emitted kernels that `module` (level q, optimized) could call on `targets`.
/// Nothing is measured for targets that this machine does not run, or if
/// another CPU's times were asked for; a remark says how many problems are left
/// to the cost model.
Exit tune(Session &session, mlir::ModuleOp module,
          const std::vector<std::string> &targets, const TuneOptions &options);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_TUNE_H
