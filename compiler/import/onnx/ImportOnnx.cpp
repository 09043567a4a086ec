// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two entry points: a file, a buffer.

#include "compiler/import/onnx/ImportOnnx.h"
#include "compiler/import/onnx/GraphImporter.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "onnx-ml.pb.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

void quench::registerOnnxImportDialects(DialectRegistry &registry) {
  registry.insert<func::FuncDialect, quant::QuantDialect, nn::NNDialect,
                  qf::QFDialect>();
}

static OwningOpRef<ModuleOp> importBytes(StringRef bytes, StringRef path,
                                         StringRef folder, StringRef modelName,
                                         const OnnxImportOptions &options,
                                         MLIRContext *context) {
  DialectRegistry registry;
  registerOnnxImportDialects(registry);
  context->appendDialectRegistry(registry);
  context->loadDialect<func::FuncDialect, quant::QuantDialect, nn::NNDialect,
                       qf::QFDialect>();

  Location location = FileLineColLoc::get(context, path, 0, 0);
  llvm::Expected<std::unique_ptr<Model>> model =
      Model::parse(bytes, folder, options.limits);
  if (!model) {
    emitError(location) << llvm::toString(model.takeError());
    return nullptr;
  }
  const std::string sha256 =
      llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes)),
                  /*LowerCase=*/true);
  GraphImporter importer(**model, options, location, bytes.size());
  return importer.run(modelName, sha256);
}

OwningOpRef<ModuleOp> quench::importOnnxFile(StringRef path,
                                             const OnnxImportOptions &options,
                                             MLIRContext *context) {
  Location location = FileLineColLoc::get(context, path, 0, 0);
  uint64_t size = 0;
  if (std::error_code error = llvm::sys::fs::file_size(path, size)) {
    emitError(location) << "cannot read the model: " << error.message();
    return nullptr;
  }
  if (size > options.limits.maxFileBytes) {
    emitError(location) << "the file has " << size
                        << " bytes, more than the limit of "
                        << options.limits.maxFileBytes << "; use external data";
    return nullptr;
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (std::error_code error = buffer.getError()) {
    emitError(location) << "cannot read the model: " << error.message();
    return nullptr;
  }
  StringRef folder = llvm::sys::path::parent_path(path);
  StringRef name = options.modelName;
  return importBytes(
      (*buffer)->getBuffer(), path, folder.empty() ? "." : folder,
      name.empty() ? llvm::sys::path::stem(path) : name, options, context);
}

OwningOpRef<ModuleOp> quench::importOnnxBuffer(StringRef bytes, StringRef name,
                                               const OnnxImportOptions &options,
                                               MLIRContext *context) {
  StringRef modelName = options.modelName;
  return importBytes(bytes, name, /*folder=*/"",
                     modelName.empty() ? "model" : modelName, options, context);
}
