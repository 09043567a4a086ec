// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic of the qf level. A fake-quantized value is carried as
// `code - zero`, an integer in a float; an nn op between fake-quantized values
// becomes a sum of such integers and one output stage. None of this calls the
// integer kernels.

#ifndef QUENCH_COMPILER_INTERPRET_QFLOAT_H
#define QUENCH_COMPILER_INTERPRET_QFLOAT_H

#include "compiler/interpret/Kernel.h"
#include "qrt/requantize.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

#include <optional>

namespace quench::interpret {

/// The grid a value lies on; null for a float value.
using GridType = mlir::quant::QuantizedType;
using Grids = llvm::ArrayRef<GridType>;

/// An nn op whose result, rounded to `result`, is computed in integers.
struct QFloatOp {
  mlir::Operation *op;
  Grids operands;
  Inputs constants; // carried; a float operand (the slope of prelu) as it is
  GridType result;
};

/// What holds the codes of a grid: S8, S16 or S32.
ElementKind codesKind(GridType grid);

/// True if makeQFloatKernel can evaluate the op together with a fake_quant
/// behind it: all operands on grids, filters and biases constant.
bool hasQFloatForm(mlir::Operation *op, Grids operands);

/// Operands and result carried. The op must have a QFloat form.
mlir::FailureOr<Kernel> makeQFloatKernel(const QFloatOp &op);

/// The grid of an op that moves or compares codes, when all its operands are on
/// one grid; null otherwise.
GridType movedGrid(mlir::Operation *op, Grids operands);

/// The kernel of such an op, operands and result carried (arg_max: indices).
mlir::FailureOr<Kernel> makeMovedKernel(mlir::Operation *op, GridType grid);

/// Float to carried, carried to carried of another grid, carried to float.
Kernel makeQuantizeKernel(GridType to);
Kernel makeRequantizeKernel(GridType from, GridType to);
Kernel makeDequantizeKernel(GridType from);

/// Codes of a qf.constant, or of a qf.fake_quant of an nn.constant (rounded as
/// qf-fold-constants does: the division in double).
std::optional<std::vector<int32_t>> constantCodes(mlir::Value value);

/// Carried value of a constant, that as float (grids per axis 0 too), and
/// carried values as codes.
Tensor carriedConstant(mlir::Value value, llvm::ArrayRef<int32_t> codes);
Tensor dequantizedConstant(const Tensor &carried, GridType grid);
Tensor codesOf(const Tensor &carried, GridType grid);

//===----------------------------------------------------------------------===//
// Pieces of the op families
//===----------------------------------------------------------------------===//

/// clamp(rne(acc * mul) + zero) - zero, carried. Clamp bounds of the op (float)
/// are rounded to codes of the result first.
struct OutputStage {
  OutputStage(GridType result,
              std::optional<llvm::ArrayRef<float>> clamp = std::nullopt);
  float operator()(float acc, float mul) const {
    return float(qrt_round_to_code(acc * mul, 0, low, high));
  }
  float scale;
  int32_t low, high; // carried
};

/// Largest |code - zero| of a grid.
double largestCarried(GridType grid);

/// Sums below this are exact in float, in any order.
inline constexpr double exactInFloat = 16777216.0;

// The families; the table is in QFloat.cpp.
mlir::FailureOr<Kernel> makeQFloatConvolution(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatMatMul(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatSum(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatMul(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatUnary(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatPRelu(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatAvgPool(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatReduce(const QFloatOp &op);
mlir::FailureOr<Kernel> makeQFloatResize(const QFloatOp &op);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_QFLOAT_H
