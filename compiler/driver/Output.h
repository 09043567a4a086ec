// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a plan to files in a folder: sources, an object, or a program.

#ifndef QUENCH_COMPILER_DRIVER_OUTPUT_H
#define QUENCH_COMPILER_DRIVER_OUTPUT_H

#include "codegen/emit/Emit.h"
#include "compiler/driver/Phases.h"
#include "compiler/driver/Session.h"
#include "compiler/driver/Toolchain.h"

#include "mlir/IR/BuiltinOps.h"

namespace quench {

struct OutputOptions {
  std::string folder = ".";
  std::string prefix;
  emit::WeightsForm weights = emit::WeightsForm::Incbin;
  bool main = false;          ///< Source: also the program's main
  bool optimizesSize = false; ///< compile with -Os
  const targets::Platform *platform = nullptr; ///< null: this machine's
  std::string cxx, runtime;
  std::vector<std::string> cxxFlags;
  bool isVerbose = false;
  const char *program = nullptr; ///< argv[0]
};

/// The compiler and the runtime that `options` name.
llvm::Expected<Toolchain> findToolchain(const OutputOptions &options);

/// Writes what `phase` (Source to Exe) stands for. All files appear, or
/// none.
Exit writeOutput(Session &session, mlir::ModuleOp module, Phase phase,
                 const OutputOptions &options);

/// Writes MLIR text to a file, or to stdout for "-" and "". `locations` keeps
/// the node names. A path that ends with .qfb gets the artefact instead, which
/// keeps them always.
Exit writeModule(Session &session, mlir::ModuleOp module, llvm::StringRef path,
                 bool locations);

struct QdqOptions {
  std::string path;           ///< empty: nothing is written
  bool unsignedCodes = false; ///< activations as uint8
};

/// Writes @main, of level qf, as an ONNX model. The file appears whole or not.
Exit writeQdq(Session &session, mlir::ModuleOp module,
              const QdqOptions &options);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_OUTPUT_H
