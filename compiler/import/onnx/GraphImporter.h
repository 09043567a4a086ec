// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Imports a checked model: inputs, every node, outputs; and gathers everything
// that stands in the way into one error.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_GRAPHIMPORTER_H
#define QUENCH_COMPILER_IMPORT_ONNX_GRAPHIMPORTER_H

#include "compiler/import/onnx/Model.h"
#include "compiler/import/onnx/NodeImporter.h"
#include "compiler/import/onnx/OpTable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace quench::importer {

class GraphImporter {
public:
  /// `fileBytes` is the size of the model, which bounds what its constants may
  /// take. `location` is the file's, for diagnostics.
  GraphImporter(Model &model, const OnnxImportOptions &options,
                mlir::Location location, uint64_t fileBytes);

  /// The module, or null after one error has been emitted.
  mlir::OwningOpRef<mlir::ModuleOp> run(llvm::StringRef modelName,
                                        llvm::StringRef sha256);

private:
  void importInputs();
  std::optional<Dims> inputShape(const Border &input);
  void importNode(const ::onnx::NodeProto &proto);
  void importSupported(Node &node);
  bool foldNode(Node &node, NodeImporter &n);
  void propagateCodes(NodeImporter &n, const OpRow &row);
  void importOutputs();
  bool resolveInitializers(Node &node);
  std::string uniqueName(const ::onnx::NodeProto &proto);
  void fail(llvm::StringRef tensor);
  void addProblem(llvm::StringRef opType, llvm::StringRef reason,
                  llvm::StringRef nodeName);
  void addNestedProblems();
  void report(llvm::StringRef modelName);
  void remark();

  Model &model;
  const OnnxImportOptions &options;
  mlir::Location location;
  mlir::MLIRContext *context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  ImportState state;
  llvm::StringSet<> nodeNames;

  std::vector<std::string> borderProblems;
  /// "OpType: reason" -> names of the nodes.
  std::vector<std::pair<std::string, std::vector<std::string>>> nodeProblems;
  llvm::StringMap<size_t> problemIndex; // into nodeProblems
  llvm::StringSet<> rejectedNodes;
  int64_t skipped = 0;                  // nodes that depend on a rejected one
  bool hasSubgraphs = false;            // of a rejected node
  std::vector<std::string> remarks;
};

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_GRAPHIMPORTER_H
