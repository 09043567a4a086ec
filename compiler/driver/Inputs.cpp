// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading models.

#include "compiler/driver/Inputs.h"

#include "compiler/artefact/Artefact.h"
#include "compiler/import/onnx/ImportOnnx.h"
#include "compiler/quantize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace quench;

Format quench::formatOf(StringRef bytes, StringRef path) {
  if (bytes.starts_with("ML\xefR"))
    return Format::MlirBytecode;
  if (artefact::isQfb(bytes))
    return Format::Qfb;
  const StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".onnx")
    return Format::Onnx;
  if (extension == ".mlir")
    return Format::MlirText;
  if (extension == ".qfb")
    return Format::Qfb;
  for (const char c : bytes.take_front(512))
    if (static_cast<unsigned char>(c) < ' ' && !llvm::isSpace(c))
      return Format::Onnx;
  return Format::MlirText;
}

static void setIfMissing(ModuleOp module, StringRef name, StringRef value) {
  if (!module->hasAttr(name))
    module->setAttr(name, StringAttr::get(module.getContext(), value));
}

LogicalResult quench::verifyLevelQ(ModuleOp module) {
  PassManager passes(module.getContext());
  quantize::VerifyLevelOptions level;
  level.level = "q";
  passes.nest<func::FuncOp>().addPass(quantize::createVerifyLevel(level));
  return passes.run(module);
}

/// A .qfb as a module of level q, or null and a diagnostic.
static OwningOpRef<ModuleOp> readLevelQ(StringRef bytes, StringRef path,
                                        MLIRContext *context,
                                        artefact::Summary *summary = nullptr) {
  OwningOpRef<ModuleOp> module =
      artefact::readQfb(bytes, path, context, summary);
  if (module && failed(verifyLevelQ(*module)))
    return nullptr;
  return module;
}

OwningOpRef<ModuleOp> quench::readArtefact(Session &session, StringRef path,
                                           Exit &code,
                                           artefact::Summary &summary) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) {
    code = session.fail(Exit::Io, "cannot open '" + path +
                                      "': " + buffer.getError().message());
    return nullptr;
  }
  OwningOpRef<ModuleOp> module =
      readLevelQ((*buffer)->getBuffer(), path, &session.context(), &summary);
  code = module ? Exit::Ok : Exit::Failed;
  return module;
}

OwningOpRef<ModuleOp> quench::readModel(Session &session, StringRef path,
                                        const InputOptions &options,
                                        Exit &code) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    code = session.fail(Exit::Io, "cannot open '" + path +
                                      "': " + buffer.getError().message());
    return nullptr;
  }
  const StringRef bytes = (*buffer)->getBuffer();
  const auto digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes));
  const std::string sha256 = llvm::toHex(digest, /*LowerCase=*/true);
  const Format format = formatOf(bytes, path);

  session.step("reading " + llvm::sys::path::filename(path));
  OwningOpRef<ModuleOp> module;
  if (format == Format::Onnx) {
    OnnxImportOptions import;
    import.modelName = options.modelName;
    import.shapes = options.shapes;
    module = importOnnxFile(path, import, &session.context());
  } else if (!options.shapes.empty()) {
    code = session.fail(Exit::Usage, "--shape is for ONNX models; '" + path +
                                         "' has fixed shapes");
    return nullptr;
  } else if (format == Format::Qfb) {
    module = readLevelQ(bytes, path, &session.context());
  } else {
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
    module = parseSourceFile<ModuleOp>(
        sources, ParserConfig(&session.context(), /*verifyAfterParse=*/true));
  }
  if (!module) {
    code = session.hasErrors()
               ? Exit::Failed
               : session.fail(Exit::Failed,
                              "cannot read the model '" + path + "'");
    return nullptr;
  }
  if (!options.modelName.empty())
    (*module)->removeAttr("quench.model");
  setIfMissing(*module, "quench.model",
               options.modelName.empty() ? llvm::sys::path::stem(path)
                                         : StringRef(options.modelName));
  setIfMissing(*module, "quench.source_sha256", sha256);
  code = Exit::Ok;
  return module;
}
