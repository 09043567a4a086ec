// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One node of an ONNX graph: its names, typed access to its attributes, and the
// reason why it cannot be imported, if there is one. The first reason stays;
// accessors go on with a default value after it, so that code reads straight.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_NODE_H
#define QUENCH_COMPILER_IMPORT_ONNX_NODE_H

#include "compiler/import/onnx/HostTensor.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace onnx {
class AttributeProto;
class NodeProto;
class TensorProto;
} // namespace onnx

namespace quench::importer {

class Node {
public:
  Node(const ::onnx::NodeProto &proto, std::string name, int64_t opset)
      : proto(proto), nodeName(std::move(name)), opsetVersion(opset) {}

  llvm::StringRef name() const { return nodeName; }
  llvm::StringRef opType() const;
  llvm::StringRef domain() const;
  int64_t opset() const { return opsetVersion; }
  size_t numInputs() const;
  size_t numOutputs() const;
  /// Tensor names; empty if the optional input or output is left out.
  llvm::StringRef input(size_t i) const;
  llvm::StringRef output(size_t i) const;

  /// Says why the node cannot be imported; only the first reason is kept.
  void reject(const llvm::Twine &why);
  bool rejected() const { return !why.empty(); }
  llvm::StringRef reason() const { return why; }

  bool hasAttr(llvm::StringRef name) const;
  int64_t intAttr(llvm::StringRef name, int64_t otherwise);
  float floatAttr(llvm::StringRef name, float otherwise);
  bool boolAttr(llvm::StringRef name, bool otherwise);
  std::string stringAttr(llvm::StringRef name, llvm::StringRef otherwise);
  /// Empty if absent.
  Dims intsAttr(llvm::StringRef name);
  llvm::SmallVector<float> floatsAttr(llvm::StringRef name);
  const ::onnx::TensorProto *tensorAttr(llvm::StringRef name);
  /// `count` integers in [low, high], or `otherwise` if absent.
  Dims windowAttr(llvm::StringRef name, size_t count, int64_t otherwise,
                  int64_t low, int64_t high);
  /// Declares that an attribute has no effect on inference.
  void ignoreAttr(llvm::StringRef name) { seen.insert({name, true}); }
  /// Rejects the node if it has attributes nobody asked for: ignoring one
  /// silently could change what the model computes.
  void rejectUnreadAttrs();

  /// An axis in [-rank, rank) as one in [0, rank).
  int64_t normalizeAxis(int64_t axis, int64_t rank);
  /// The same for several; sorted, without duplicates.
  Dims normalizeAxes(DimsRef axes, int64_t rank);

private:
  const ::onnx::AttributeProto *find(llvm::StringRef name, int type,
                                     const char *expected);

  const ::onnx::NodeProto &proto;
  std::string nodeName;
  int64_t opsetVersion;
  std::string why;
  llvm::StringMap<bool> seen;
};

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_NODE_H
