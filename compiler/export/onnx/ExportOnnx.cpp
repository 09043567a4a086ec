// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a function to the bytes of a file.

#include "compiler/export/onnx/ExportOnnx.h"

#include "compiler/export/onnx/OpTable.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace quench;
using namespace quench::exporter;

static std::string moduleText(func::FuncOp function, StringRef name) {
  auto module = function->getParentOfType<ModuleOp>();
  auto text = module ? module->getAttrOfType<StringAttr>(name) : StringAttr();
  return text ? text.str() : "";
}

FailureOr<std::string> quench::exportOnnx(func::FuncOp function,
                                          const OnnxExportOptions &options) {
  if (!llvm::hasSingleElement(function.getBody()))
    return emitError(function.getLoc())
           << "expects a function of one block to export";
  int64_t opset = lowestOpset;
  for (Operation &op : function.getBody().front())
    opset = std::max(opset, opsetOf(&op));
  GraphExporter e(function, opset, options.unsignedCodes);
  if (failed(e.run()))
    return failure();

  ModelInfo info;
  info.producerVersion = options.producerVersion;
  info.description =
      "Quantized by Quench: codes and scales of its qf level, in QDQ form.";
  info.graphName = moduleText(function, "quench.model");
  if (info.graphName.empty())
    info.graphName = function.getName().str();
  if (std::string sha256 = moduleText(function, "quench.source_sha256");
      !sha256.empty())
    info.metadata.push_back({"quench.source_sha256", sha256});
  std::optional<std::string> bytes = e.writer.serialize(info);
  if (!bytes)
    return emitError(function.getLoc())
           << "the model is larger than 2^31 - 1 bytes, the limit of an ONNX "
              "file";
  return *bytes;
}
