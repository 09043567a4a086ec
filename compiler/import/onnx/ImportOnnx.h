// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX -> nn (float models) or qf (QDQ models). No ONNX or protobuf type leaves
// this folder.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_IMPORTONNX_H
#define QUENCH_COMPILER_IMPORT_ONNX_IMPORTONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace quench {

/// What a model may ask for at most. A file that asks for more is refused with
/// a diagnostic before anything of that size is allocated.
struct OnnxLimits {
  uint64_t maxFileBytes = (uint64_t(1) << 31) - 1; // protobuf's own limit
  uint64_t maxExternalBytes = uint64_t(1) << 33;   // all external tensors
  int64_t maxNodes = 100000;
  int64_t maxRank = 8;
  int64_t maxTensorElements = int64_t(1) << 31; // any activation or constant
  int64_t maxFoldedBytes = int64_t(1) << 30;    // all results of folding
  size_t maxNameLength = 4096;
};

struct OnnxImportOptions {
  /// Value of the module attribute `quench.model`; empty: the file's stem, or
  /// "model" for a buffer.
  std::string modelName;
  /// Shapes of graph inputs by name; they override what the file says. Needed
  /// for every symbolic dimension but a leading batch, which is 1 by default.
  std::map<std::string, std::vector<int64_t>> shapes;
  OnnxLimits limits;
};

/// Loads the dialects that the importers create into `registry`.
void registerOnnxImportDialects(mlir::DialectRegistry &registry);

/// Imports the model of a file, external data beside it included. On failure
/// the result is null and the context's diagnostic engine has got one error,
/// with a note for each kind of problem and the names of the nodes.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxFile(llvm::StringRef path, const OnnxImportOptions &options,
               mlir::MLIRContext *context);

/// The same for bytes in memory. A model with external data is refused. `name`
/// stands in for the path in diagnostics.
mlir::OwningOpRef<mlir::ModuleOp>
importOnnxBuffer(llvm::StringRef bytes, llvm::StringRef name,
                 const OnnxImportOptions &options, mlir::MLIRContext *context);

} // namespace quench

#endif // QUENCH_COMPILER_IMPORT_ONNX_IMPORTONNX_H
