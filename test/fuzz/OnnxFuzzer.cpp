// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any bytes through the ONNX importer: a verified module or a diagnostic.

#include "compiler/import/onnx/ImportOnnx.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  bool error = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diag) {
    error |= diag.getSeverity() == DiagnosticSeverity::Error;
    (void)diag.str(); // what a user would see
    return success();
  });
  // Small limits make the limits themselves easy to reach.
  quench::OnnxImportOptions options;
  options.limits.maxTensorElements = 1 << 16;
  options.limits.maxFoldedBytes = 1 << 20;
  options.limits.maxNodes = 1000;
  OwningOpRef<ModuleOp> module =
      quench::importOnnxBuffer({reinterpret_cast<const char *>(data), size},
                               "fuzz.onnx", options, &context);
  if (!module != error)
    __builtin_trap(); // a failure says why, a success says no error
  if (module && failed(verify(*module)))
    __builtin_trap(); // each op was verified when it was made
  return 0;
}
