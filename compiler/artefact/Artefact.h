// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// .qfb: a module of level q as one file, with its weights as they are in memory
// and what its user has to know. docs/artefact.md describes the format, qfb.fbs
// is its schema.

#ifndef QUENCH_COMPILER_ARTEFACT_ARTEFACT_H
#define QUENCH_COMPILER_ARTEFACT_ARTEFACT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <string>

namespace quench::artefact {

inline constexpr uint16_t majorVersion = 1, minorVersion = 0;

/// What the file says about itself.
struct Summary {
  uint16_t major = 0, minor = 0;
  std::string producer;
  uint64_t fileBytes = 0, blobBytes = 0;
};

/// Whether `bytes` begin like a .qfb of any version.
bool isQfb(llvm::StringRef bytes);

/// The module as bytes: the same module gives the same bytes. `producer` names
/// the program and its version. A module that holds what no .qfb can (an op
/// that is not of level q, a type without a form) is a diagnostic.
mlir::FailureOr<std::string> writeQfb(mlir::ModuleOp module,
                                      llvm::StringRef producer);

/// Reads any bytes: a module whose ops have been verified, or null and a
/// diagnostic that names `file`. The level is not checked. A newer minor
/// version gives a remark. The module owns its weights; `bytes` may go.
mlir::OwningOpRef<mlir::ModuleOp> readQfb(llvm::StringRef bytes,
                                          llvm::StringRef file,
                                          mlir::MLIRContext *context,
                                          Summary *summary = nullptr);

} // namespace quench::artefact

#endif // QUENCH_COMPILER_ARTEFACT_ARTEFACT_H
