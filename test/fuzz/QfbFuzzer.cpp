// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any bytes through the reader of .qfb files: a verified module that can be
// written again, or a diagnostic.

#include "compiler/artefact/Artefact.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace quench;

/// Writes each MLIR text of one folder that a .qfb can hold into another.
static int makeSeeds(StringRef from, StringRef to) {
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(from, error), end;
       it != end && !error; it.increment(error)) {
    if (llvm::sys::path::extension(it->path()) != ".mlir")
      continue;
    DialectRegistry registry;
    registry.insert<func::FuncDialect, quant::QuantDialect, nn::NNDialect,
                    q::QDialect>();
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) {});
    auto module = parseSourceFile<ModuleOp>(it->path(), &context);
    FailureOr<std::string> bytes = failure();
    if (module)
      bytes = artefact::writeQfb(*module, "seeds");
    if (failed(bytes))
      continue;
    SmallString<128> path(to);
    llvm::sys::path::append(path, llvm::sys::path::stem(it->path()) + ".qfb");
    llvm::raw_fd_ostream(path, error) << *bytes;
  }
  return error ? 1 : 0;
}

/// --seeds <folder of MLIR text> <folder>: makes the first inputs and ends.
extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  if (*argc == 4 && StringRef((*argv)[1]) == "--seeds")
    std::exit(makeSeeds((*argv)[2], (*argv)[3]));
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // The identifier is checked first, and mutations rarely bring it back.
  std::string bytes(reinterpret_cast<const char *>(data), size);
  if (size >= 8)
    std::memcpy(&bytes[4], "QFB1", 4);
  MLIRContext context(MLIRContext::Threading::DISABLED);
  bool error = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diag) {
    error |= diag.getSeverity() == DiagnosticSeverity::Error;
    (void)diag.str(); // what a user would see
    return success();
  });
  OwningOpRef<ModuleOp> module = artefact::readQfb(bytes, "fuzz.qfb", &context);
  if (!module != error)
    __builtin_trap(); // a failure says why, a success says no error
  if (!module)
    return 0;
  if (failed(verify(*module)))
    __builtin_trap();
  // What was read can be written, and then says the same.
  FailureOr<std::string> again = artefact::writeQfb(*module, "fuzz");
  if (failed(again))
    __builtin_trap();
  MLIRContext fresh(MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> second = artefact::readQfb(*again, "again.qfb", &fresh);
  if (!second)
    __builtin_trap();
  return 0;
}
