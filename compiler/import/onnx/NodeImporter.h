// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Imports one node: its operands in the layouts it asks for, the ops it
// becomes, its results. Handlers (Ops*.cpp) are functions over this class; they
// stop early when `rejected()`, and a null Value means that it is.

#ifndef QUENCH_COMPILER_IMPORT_ONNX_NODEIMPORTER_H
#define QUENCH_COMPILER_IMPORT_ONNX_NODEIMPORTER_H

#include "compiler/import/onnx/Fold.h"
#include "compiler/import/onnx/Layout.h"
#include "compiler/import/onnx/Node.h"
#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace quench::importer {

class Model;

/// Scale and zero point as the file has them.
struct Quantization {
  std::vector<float> scales;  // one, or one per channel
  std::vector<int32_t> zeros; // as many
  int64_t axis = 0;           // ONNX axis of the channels
  DType codes = DType::I8;    // I8, U8 or I32

  bool perChannel() const { return scales.size() > 1; }
  bool operator==(const Quantization &other) const {
    return scales == other.scales && zeros == other.zeros &&
           (axis == other.axis || !perChannel()) && codes == other.codes;
  }
  bool operator!=(const Quantization &other) const { return !(*this == other); }
};

/// A value of the ONNX graph.
struct Tensor {
  enum class Kind {
    Constant,      // `host`
    QuantConstant, // `host` holds codes, `quant` what they mean
    Activation,    // `value` in `perm`
    Failed,        // its node was rejected
  };
  Kind kind = Kind::Failed;
  std::string name;
  DType type = DType::F32;
  Dims shape; // in ONNX order
  HostTensor host;
  mlir::Value value;
  Perm perm;
  /// Of an activation: between QuantizeLinear and DequantizeLinear, where
  /// `value` holds the real numbers that the codes stand for.
  std::optional<Quantization> quant;
  /// The value in other layouts, made on demand.
  llvm::SmallVector<std::pair<Perm, mlir::Value>, 1> copies;

  int64_t rank() const { return shape.size(); }
  bool isActivation() const { return kind == Kind::Activation; }
};

/// What all nodes of a model share.
struct ImportState {
  mlir::OpBuilder builder;
  Model &model;
  const OnnxLimits &limits;
  int64_t budgetBytes;
  llvm::StringMap<std::unique_ptr<Tensor>> tensors;
  /// Constants already made, by tensor name and what was done to it.
  llvm::StringMap<mlir::Value> constants;
  /// Names that a live node or the graph's outputs read.
  llvm::StringSet<> used;
  int64_t inexactDivisions = 0; // x / c imported as x * (1 / c)
};

class NodeImporter {
public:
  NodeImporter(Node &node, ImportState &state);

  Node &node;
  ImportState &state;

  void reject(const llvm::Twine &why) { node.reject(why); }
  bool rejected() const { return node.rejected(); }
  mlir::OpBuilder &builder() { return state.builder; }
  mlir::Location loc() const { return location; }

  /// The tensor of input `i`, or null if it is left out.
  Tensor *input(size_t i) { return i < inputs.size() ? inputs[i] : nullptr; }
  size_t numInputs() const { return inputs.size(); }
  /// Constant inputs; quantized ones are not among them.
  Consts consts() const { return constants; }
  const HostTensor *constInput(size_t i, llvm::StringRef what) {
    return importer::constInput(node, constants, i, what);
  }
  /// A one-element constant input, or `otherwise` if it is left out.
  float scalarInput(size_t i, llvm::StringRef what, float otherwise);

  /// Takes bytes from the budget of all constants; false after a rejection.
  bool charge(int64_t bytes);

  // Operands.

  /// The tensor held in `perm`; a constant becomes nn.constant or qf.constant.
  mlir::Value inLayout(Tensor &tensor, DimsRef perm);
  /// A copy of `tensor` whose ONNX shape has leading ones up to `rank`.
  Tensor withRank(Tensor &tensor, int64_t rank);
  /// A constant float or quantized tensor with other elements order or shape,
  /// as a value: first reshaped to `from`, transposed, reshaped to `to`.
  /// `axis` is the channel axis of the result (of quantized tensors).
  mlir::Value arrangedConstant(Tensor &tensor, DimsRef from, DimsRef perm,
                               DimsRef to, int64_t axis, float factor = 1);
  /// A float vector of `count` elements from an input that may be a scalar or
  /// has other axes of size 1.
  mlir::Value vectorConstant(Tensor &tensor, int64_t count,
                             llvm::StringRef what, float factor = 1);
  mlir::Value floatConstant(DimsRef shape, llvm::ArrayRef<float> values,
                            llvm::StringRef name);

  // Ops.

  /// Creates an op with one result whose type is inferred if not given, and
  /// verifies it. Null after a rejection.
  mlir::Value emit(llvm::StringRef op, mlir::ValueRange operands,
                   llvm::ArrayRef<mlir::NamedAttribute> attrs = {},
                   mlir::Type type = {}, mlir::Location *at = nullptr);
  template <typename Op>
  mlir::Value emit(mlir::ValueRange operands,
                   llvm::ArrayRef<mlir::NamedAttribute> attrs = {},
                   mlir::Type type = {}) {
    return emit(Op::getOperationName(), operands, attrs, type);
  }
  /// nn.reshape, without chains of them and without those that do nothing.
  mlir::Value reshape(mlir::Value value, DimsRef shape);

  mlir::NamedAttribute attr(llvm::StringRef name, DimsRef values);
  mlir::NamedAttribute attr(llvm::StringRef name, int64_t value);
  mlir::NamedAttribute attr(llvm::StringRef name, float value);
  mlir::NamedAttribute attr(llvm::StringRef name, llvm::StringRef value);
  mlir::NamedAttribute flag(llvm::StringRef name, bool value);

  // Results.

  /// Output `i` is `value`, held in `perm`.
  void result(size_t i, mlir::Value value, DimsRef perm,
              DType type = DType::F32);
  void result(size_t i, HostTensor host);
  void result(size_t i, Tensor tensor);
  /// Rejects the node if something uses output `i`.
  void expectUnused(size_t i, llvm::StringRef what);

private:
  mlir::Value constantValue(const HostTensor &host,
                            const std::optional<Quantization> &quant,
                            int64_t axis, llvm::StringRef name);

  mlir::Location location;
  llvm::SmallVector<Tensor *> inputs;
  llvm::SmallVector<const HostTensor *> constants;
};

inline DimsRef shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// The quantized type of an s8 activation or filter, or an i32 bias; the codes
/// of u8 are shifted by -128 to s8. Null after a rejection.
mlir::Type quantizedType(Node &node, const Quantization &quant, int64_t axis,
                         mlir::MLIRContext *context);

} // namespace quench::importer

#endif // QUENCH_COMPILER_IMPORT_ONNX_NODEIMPORTER_H
