// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The walk over a qf function: which tensors hold which values, and in what
// order of axes. Handlers of ops are written with it.

#ifndef QUENCH_COMPILER_EXPORT_ONNX_GRAPHEXPORTER_H
#define QUENCH_COMPILER_EXPORT_ONNX_GRAPHEXPORTER_H

#include "compiler/export/onnx/Layout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace quench::exporter {

using Grid = mlir::quant::QuantizedType;

/// A value as a tensor: axis i of the tensor is axis perm[i] of the value.
struct Form {
  std::string tensor;
  Perm perm;
};

/// How a constant goes into the file: seen as a tensor of shape `from`,
/// permuted, and seen as one of shape `to`. `axis` is that of its scales then.
struct Arrangement {
  Dims from, perm, to;
  int64_t axis = 0;
  bool isActivation = false; // of the element type that activations have
};

/// The tensors that say what codes mean.
struct Parameters {
  std::string scale, zero;
};

class GraphExporter {
public:
  /// With `unsignedCodes` activations of 8 bits are uint8, code + 128.
  GraphExporter(mlir::func::FuncOp function, int64_t opset, bool unsignedCodes);

  /// All ops, then the outputs. One error lists what is not supported.
  mlir::LogicalResult run();

  GraphWriter writer;

  //===--------------------------------------------------------------------===//
  // Operands
  //===--------------------------------------------------------------------===//

  /// The order in which a value is at hand; its own for a constant.
  Perm permOf(mlir::Value value) const;
  /// The order that suits an op of several operands, whose result has `rank`
  /// axes: of the largest operand, in doubt one that is not the value's own.
  Perm commonPerm(mlir::ValueRange values, int64_t rank) const;
  /// The tensor of a value in an order. A Transpose, or a Reshape where only
  /// axes of size 1 lie elsewhere, is added if there is none, once.
  std::string in(mlir::Value value, DimsRef perm);
  /// The same for an operand that is broadcast to the rank of `perm`.
  std::string broadcast(mlir::Value value, DimsRef perm);
  /// A constant, with its DequantizeLinear if it is one of codes.
  std::string constant(mlir::Value value, const Arrangement &how);
  /// A filter or bias, in an order.
  std::string filter(mlir::Value value, DimsRef perm);

  //===--------------------------------------------------------------------===//
  // Results
  //===--------------------------------------------------------------------===//

  /// What the nodes of an op are called: its node's name.
  std::string nameOf(mlir::Operation *op) const;
  /// Result 0 of `op` is the tensor. Its clamp follows, or the pair of
  /// QuantizeLinear and DequantizeLinear of an op that moves codes.
  void result(mlir::Operation *op, std::string tensor, DimsRef perm);
  /// Result 0 of `op` is a tensor that exists, in whatever order.
  void alias(mlir::Operation *op, Form form, Grid grid);
  /// A fake_quant's result.
  void quantized(mlir::Operation *op, std::string tensor, DimsRef perm,
                 Grid grid);
  /// The grid a value lies on; null for a float value.
  Grid gridOf(mlir::Value value) const { return grids.lookup(value); }

  /// QuantizeLinear and DequantizeLinear; gives the tensor behind them.
  std::string pair(llvm::StringRef base, const std::string &tensor, Grid grid);
  /// Relu, Clip, or nothing where both sides are open.
  std::string clip(llvm::StringRef base, const std::string &tensor, float low,
                   float high);
  /// Reshape to a shape; a pair follows if `grid` is not null.
  std::string reshape(llvm::StringRef base, const std::string &tensor,
                      DimsRef shape, Grid grid);

  /// `op` has no ONNX form. Others go on, so that all are found.
  void reject(mlir::Operation *op, const llvm::Twine &reason);

private:
  void addBorder();
  void exportOp(mlir::Operation *op);
  std::string clamped(mlir::Operation *op, std::string tensor);
  /// How an 8-bit activation is written.
  bool isShifted(Grid grid, bool isActivation) const {
    return unsignedCodes && isActivation &&
           grid.getStorageTypeIntegralWidth() == 8;
  }
  /// Scale and zero point of a grid, `channels` of them if it has an axis;
  /// added once. int32 codes have no zero point.
  Parameters parameters(llvm::StringRef base, Grid grid, int64_t channels,
                        bool isActivation);
  mlir::LogicalResult report();

  mlir::func::FuncOp function;
  bool unsignedCodes;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Form, 1>> forms;
  llvm::DenseMap<mlir::Value, Grid> grids;
  /// By grid, channels and whether it is one of activations.
  llvm::DenseMap<std::tuple<mlir::Type, int64_t, int>, Parameters> gridTensors;
  struct Constant {
    Arrangement how;
    std::string tensor;
  };
  llvm::DenseMap<mlir::Value, std::vector<Constant>> constants;
  struct Problem {
    mlir::Operation *op;
    std::string reason;
  };
  std::vector<Problem> problems;
};

/// The element type of codes on a grid; nothing if ONNX has none.
std::optional<Element> elementOf(Grid grid);

inline DimsRef shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// The grid that all users round the result of `op` to, if they do.
Grid commonGridOfUsers(mlir::Operation *op);

} // namespace quench::exporter

#endif // QUENCH_COMPILER_EXPORT_ONNX_GRAPHEXPORTER_H
