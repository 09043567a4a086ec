// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A parsed and checked ONNX file: names resolve, the nodes that the outputs
// need stand in an order of definition before use, constant tensors can be
// decoded.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_MODEL_H
#define QUENCH_COMPILER_IMPORT_ONNX_MODEL_H

#include "compiler/import/onnx/HostTensor.h"
#include "compiler/import/onnx/ImportOnnx.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace onnx {
class ModelProto;
class NodeProto;
class TensorProto;
class ValueInfoProto;
} // namespace onnx

namespace quench::importer {

/// An input or output of the graph as the file declares it.
struct Border {
  std::string name;
  int32_t type = 0;      // TensorProto.DataType
  bool hasShape = false; // else dims means nothing
  struct Dim {
    int64_t size = -1;  // -1: symbolic
    std::string symbol; // may be empty
  };
  std::vector<Dim> dims;
};

class Model {
public:
  /// Parses `bytes`, which must outlive the model. `folder` is where external
  /// data may lie; empty: external data is refused.
  static llvm::Expected<std::unique_ptr<Model>> parse(llvm::StringRef bytes,
                                                      llvm::StringRef folder,
                                                      const OnnxLimits &limits);
  ~Model();

  int64_t opset() const { return opsetVersion; }
  /// Inputs that are not initializers.
  const std::vector<Border> &inputs() const { return graphInputs; }
  const std::vector<Border> &outputs() const { return graphOutputs; }
  /// Nodes that the outputs depend on, operands first.
  const std::vector<const ::onnx::NodeProto *> &nodes() const {
    return liveNodes;
  }
  /// Visits every node of the file, also those that no output needs and those
  /// of subgraphs (the branches of If, the bodies of Loop and Scan).
  void visitAllNodes(
      llvm::function_ref<void(const ::onnx::NodeProto &)> visit) const;
  /// Null if there is no initializer of that name.
  const ::onnx::TensorProto *initializer(llvm::StringRef name) const {
    return initializers.lookup(name);
  }
  /// The elements of a tensor; a view of this model where the file has bytes.
  llvm::Expected<HostTensor> decode(const ::onnx::TensorProto &tensor);

private:
  explicit Model(const OnnxLimits &limits) : limits(limits) {}
  llvm::Error check();
  llvm::Error checkOpsets();
  llvm::Error collectNames();
  llvm::Error sortNodes();
  llvm::Expected<HostTensor> decodeExternal(const ::onnx::TensorProto &tensor,
                                            DType type, DimsRef dims,
                                            uint64_t bytes);

  OnnxLimits limits;
  std::unique_ptr<::onnx::ModelProto> proto;
  std::string folder;
  uint64_t externalBytes = 0;
  int64_t opsetVersion = 0;
  std::vector<Border> graphInputs, graphOutputs;
  std::vector<const ::onnx::NodeProto *> liveNodes;
  llvm::StringMap<const ::onnx::TensorProto *> initializers;
  llvm::StringMap<int64_t> producers; // tensor -> index of its node
};

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_MODEL_H
