// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of one lowering from q to a Program, shared by the files that each
// lower one family of ops.

#ifndef QUENCH_COMPILER_PLACE_LOWERING_H
#define QUENCH_COMPILER_PLACE_LOWERING_H

#include "compiler/place/Program.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"

#include "llvm/ADT/DenseMap.h"

namespace quench::place {

class Lowering {
public:
  explicit Lowering(Program &program) : program(program) {}

  mlir::LogicalResult lower(mlir::func::FuncOp func);

private:
  // Values and tensors.
  TensorId tensorOf(mlir::Value value) { return ids.at(value); }
  /// A slot (or constant) for a result that a call writes.
  TensorId define(mlir::Value value);
  TensorId addTensor(Tensor tensor);
  /// A constant with these values, named after `op`.
  template <typename T>
  TensorId addConstant(mlir::Operation *op, llvm::StringRef what,
                       llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<T> values);
  void addView(mlir::Value value, mlir::Value of, int64_t offset);
  Tensor describe(mlir::Value value) const;

  // Calls.
  Call &addCall(mlir::Operation *op, kernels::Op kind, kernels::Params params);
  /// Says which widths of codes a call reads and writes.
  void setCodes(Call &call, TensorId a, TensorId b, TensorId y) const;
  /// Operand `input` of a one-in, one-out op goes to its result.
  Call &addUnary(mlir::Operation *op, kernels::Op kind, kernels::Params params);

  /// The last call with `tensor` as its result, or the end.
  std::vector<Call>::iterator callThatWrites(TensorId tensor);

  mlir::LogicalResult lowerOp(mlir::Operation *op);
  mlir::LogicalResult lowerReturn(mlir::func::ReturnOp op);

  // Lower.cpp: arithmetic.
  void lowerFiltered(mlir::Operation *op, kernels::Op kind, qrt_conv2d params,
                     mlir::Value input, mlir::Value residual,
                     mlir::ElementsAttr multiplier, int64_t macs);
  mlir::LogicalResult lowerConv(q::Conv2DOp op);
  mlir::LogicalResult lowerConvTranspose(q::ConvTranspose2DOp op);
  mlir::LogicalResult lowerLinear(q::LinearOp op);
  void lowerMatMul(q::MatMulOp op);
  void lowerBinary(mlir::Operation *op, kernels::Op kind,
                   kernels::Params params);
  void lowerTable(mlir::Operation *op, kernels::Op kind, kernels::Params params,
                  TensorId table);
  void lowerLut(q::LutOp op);
  void lowerRequantize(q::RequantizeOp op);
  void lowerReduceMean(q::ReduceMeanOp op);
  void lowerArgMax(q::ArgMaxOp op);

  // LowerMoves.cpp: data movement.
  void lowerConcat(mlir::Operation *op,
                   llvm::function_ref<qrt_copy(unsigned)> part);
  void lowerSlice(mlir::Operation *op, qrt_copy params);
  void lowerPad(q::PadOp op);
  void lowerTranspose(mlir::Operation *op, llvm::ArrayRef<int64_t> perm,
                      qrt_copy params);
  void lowerDequantize(q::DequantizeOp op);
  void lowerResize(q::ResizeOp op);

  // LowerFloat.cpp: islands.
  mlir::LogicalResult lowerIsland(q::FloatIslandOp op);
  mlir::LogicalResult lowerFloatOp(mlir::Operation *op);
  void lowerFloatCall(mlir::Operation *op, kernels::Op kernel,
                      kernels::Params params, unsigned pointers, bool inPlace,
                      int64_t macs);
  void lowerFloatResize(nn::ResizeOp op);

  Program &program;
  llvm::DenseMap<mlir::Value, TensorId> ids;
};

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_LOWERING_H
