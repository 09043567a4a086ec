// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ONNX model under construction: names, nodes, constants, border. All that
// knows protobuf is in GraphWriter.cpp.

#ifndef QUENCH_COMPILER_EXPORT_ONNX_GRAPHWRITER_H
#define QUENCH_COMPILER_EXPORT_ONNX_GRAPHWRITER_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace onnx {
class ModelProto;
} // namespace onnx

namespace quench::exporter {

using Dims = llvm::SmallVector<int64_t>;
using DimsRef = llvm::ArrayRef<int64_t>;

/// TensorProto.DataType.
enum class Element : int32_t {
  F32 = 1,
  U8 = 2,
  I8 = 3,
  I16 = 5,
  I32 = 6,
  I64 = 7
};

/// One attribute of a node.
struct Attr {
  const char *name;
  std::variant<int64_t, float, llvm::StringRef, DimsRef> value;
};

/// What the head of the file says.
struct ModelInfo {
  std::string graphName, producerVersion, description;
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// A tensor of the border.
struct Border {
  std::string name;
  Element element;
  Dims shape;
};

class GraphWriter {
public:
  explicit GraphWriter(int64_t opset);
  ~GraphWriter();

  int64_t opset() const { return opsetVersion; }

  /// `base`, or base_1, base_2, ...: a name that nothing has. It is taken then.
  std::string uniqueName(llvm::StringRef base);

  /// Adds a node with one output, whose name, made from `base`, is also that of
  /// the node. An empty input is one left out. Gives the name.
  std::string node(llvm::StringRef opType, llvm::StringRef base,
                   llvm::ArrayRef<std::string> inputs,
                   llvm::ArrayRef<Attr> attrs = {});

  /// A constant tensor of little-endian elements; gives its name.
  std::string constant(llvm::StringRef base, Element element, DimsRef shape,
                       llvm::ArrayRef<char> bytes);
  /// i64 vector, f32 vector, f32 scalar.
  std::string ints(llvm::StringRef base, DimsRef values);
  std::string floats(llvm::StringRef base, llvm::ArrayRef<float> values);
  std::string number(llvm::StringRef base, float value);

  /// The border. Names must be unique; outputs are reserved before the first
  /// node and bound after the last one.
  void addInput(const Border &input);
  void reserveOutput(const Border &output);
  /// Tensors, one for each output in order. The node that makes one gives it
  /// the output's name; an Identity does where that cannot be.
  void bindOutputs(llvm::ArrayRef<std::string> tensors);

  /// Nothing if protobuf cannot hold it (2^31 - 1 bytes).
  std::optional<std::string> serialize(const ModelInfo &info);

private:
  int64_t opsetVersion;
  std::unique_ptr<::onnx::ModelProto> model;
  llvm::StringSet<> names;
  llvm::StringSet<> made; // outputs of nodes
};

} // namespace quench::exporter

#endif // QUENCH_COMPILER_EXPORT_ONNX_GRAPHWRITER_H
