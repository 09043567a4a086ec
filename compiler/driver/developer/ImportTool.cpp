// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quench-import: an ONNX model in, its nn or qf module on standard output. For
// developers and tests, as mlir-translate is; users have `quench`.

#include "compiler/driver/developer/Tools.h"
#include "compiler/import/onnx/ImportOnnx.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
namespace cl = llvm::cl;

static cl::opt<std::string> input(cl::Positional, cl::Required,
                                  cl::desc("<model.onnx>"));
static cl::list<std::string>
    shapes("shape", cl::desc("Shape of an input, e.g. image=1x3x224x224"));
static cl::opt<std::string> name("name", cl::desc("Name of the model"));
static cl::opt<int64_t>
    maxElements("max-elements",
                cl::desc("Largest number of elements of a tensor"));

/// Reads name=1x2x3; the name may itself contain a '='.
static bool readShape(StringRef text, quench::OnnxImportOptions &options) {
  auto [tensor, sizes] = text.rsplit('=');
  std::vector<int64_t> &shape = options.shapes[tensor.str()];
  shape.clear();
  for (StringRef size : llvm::split(sizes, 'x'))
    if (!llvm::to_integer(size, shape.emplace_back(), 10))
      return false;
  return !tensor.empty();
}

int quench::runImportTool(int argc, char **argv) {
  registerAsmPrinterCLOptions();
  cl::ParseCommandLineOptions(argc, argv, "imports an ONNX model\n");
  quench::OnnxImportOptions options;
  options.modelName = name;
  if (maxElements.getNumOccurrences())
    options.limits.maxTensorElements = maxElements;
  for (StringRef shape : shapes)
    if (!readShape(shape, options)) {
      llvm::errs() << "error: --shape expects name=1x2x3, but is '" << shape
                   << "'\n";
      return 2;
    }

  MLIRContext context(MLIRContext::Threading::DISABLED);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module =
      quench::importOnnxFile(input, options, &context);
  if (!module || failed(verify(*module)))
    return 1;
  module->print(llvm::outs());
  return 0;
}
