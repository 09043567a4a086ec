// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file on disk becomes a module: ONNX, a .qfb, or MLIR of any level as text
// or bytecode, told by content.

#ifndef QUENCH_COMPILER_DRIVER_INPUTS_H
#define QUENCH_COMPILER_DRIVER_INPUTS_H

#include "compiler/artefact/Artefact.h"
#include "compiler/driver/Session.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace quench {

struct InputOptions {
  /// ONNX: shapes of graph inputs by name.
  std::map<std::string, std::vector<int64_t>> shapes;
  /// Name of the model; empty: the file's stem.
  std::string modelName;
};

/// What a file holds.
enum class Format { Onnx, MlirText, MlirBytecode, Qfb };

/// By the first bytes, the name only where they are ambiguous: MLIR bytecode
/// begins with "ML\xefR", a .qfb has its identifier at byte 4; text is what has
/// no control characters; the rest is protobuf, thus ONNX.
Format formatOf(llvm::StringRef bytes, llvm::StringRef path);

/// Reads and verifies. On failure `code` is set and errors have been printed.
/// The module attribute quench.source_sha256 is set where it is missing.
mlir::OwningOpRef<mlir::ModuleOp> readModel(Session &session,
                                            llvm::StringRef path,
                                            const InputOptions &options,
                                            Exit &code);

/// The same for a .qfb only, with what the file says about itself.
mlir::OwningOpRef<mlir::ModuleOp> readArtefact(Session &session,
                                               llvm::StringRef path, Exit &code,
                                               artefact::Summary &summary);

/// Whether all functions hold what level q allows, with diagnostics: text can
/// mix levels, a .qfb cannot.
mlir::LogicalResult verifyLevelQ(mlir::ModuleOp module);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_INPUTS_H
