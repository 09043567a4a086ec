// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a `q` op to the parameter struct of its kernel (qrt/kernels.h). The
// interpreter and `place` both call these, so they cannot differ. Ops are
// assumed verified.

#ifndef QUENCH_DIALECTS_Q_PARAMS_H
#define QUENCH_DIALECTS_Q_PARAMS_H

#include "dialects/q/Q.h"
#include "qrt/kernels.h"

#include <vector>

namespace quench::q {

/// Spec Q-ADD: factors of the sum of two quantized values. t is the largest
/// with both factors within 2^22, or 2^15 - 1 if an operand reaches above 255.
qrt_add addParams(const ActParams &a, const ActParams &b, const ActParams &y,
                  llvm::ArrayRef<int64_t> clamp, bool subtract);

qrt_conv2d params(Conv2DOp op); // with a residual: `add` is filled in
qrt_conv2d params(ConvTranspose2DOp op);
qrt_conv2d params(LinearOp op); // height 1, width = rows, kernel 1x1
qrt_matmul params(MatMulOp op);
qrt_add_nd params(AddOp op);
qrt_add_nd params(SubOp op);
qrt_mul_nd params(MulOp op);
qrt_lut params(LutOp op);
qrt_lut params(RequantizeOp op); // a table of 256, see requantizeTable
qrt_interpolate interpolateParams(LutOp op); // of 16-bit codes
qrt_rescale rescaleParams(RequantizeOp op);  // of 16-bit codes
qrt_pool2d params(MaxPool2DOp op);
qrt_pool2d params(AvgPool2DOp op);
qrt_reduce params(ReduceMeanOp op);
qrt_reduce params(ReduceSumOp op);
qrt_reduce params(ReduceMaxOp op);
qrt_reduce params(ArgMaxOp op);
qrt_copy params(SliceOp op);
qrt_copy params(TransposeOp op);
qrt_resize2d params(ResizeOp op);
qrt_border params(QuantizeOp op);
qrt_border params(DequantizeOp op);

/// Operand `index` of a concat, as a copy into the result.
qrt_copy concatPart(ConcatOp op, unsigned index);

/// A pad is a fill (constant mode), then copies: the first from x to y, the
/// rest from y to y (edges and reflections, axis by axis).
struct PadSteps {
  bool fill;
  int32_t code;
  std::vector<qrt_copy> copies;
};
PadSteps padSteps(PadOp op);

/// Dense row-major strides.
llvm::SmallVector<int64_t> stridesOf(llvm::ArrayRef<int64_t> shape);

/// Multipliers of the output stage, one per output channel.
std::vector<float> multipliers(mlir::ElementsAttr multiplier, int64_t channels);

/// Spec Q-REQ as a table indexed by code + 128; int16_t for a result of 16-bit
/// codes.
template <typename Code = int8_t>
std::vector<Code> requantizeTable(const ActParams &x, const ActParams &y);

/// Spec Q-LUT16: a table for 16-bit codes has an entry every 2^shift codes, the
/// first for -(256 << shift).
int32_t interpolationShift(const ActParams &x);
inline constexpr int64_t interpolationEntries = 513;
/// Largest magnitude of an entry, and what 1 code is in one.
inline constexpr int64_t interpolationLimit = int64_t(1) << 23;
inline constexpr double interpolationUnit = 128;

/// Rows and columns that a resized picture reads, and for the bilinear mode the
/// 11-bit weight of the next one (2048 = 1). Spec Q-RESIZE.
struct ResizeTables {
  std::vector<int32_t> row, rowWeight, col, colWeight;
  /// The same weights as floats, for layers that stay float (spec Q-FRESIZE).
  std::vector<float> rowShare, colShare;
};
ResizeTables resizeTables(llvm::StringRef mode, llvm::StringRef coordinates,
                          llvm::StringRef rounding,
                          llvm::ArrayRef<float> scales,
                          llvm::ArrayRef<int64_t> inputShape,
                          llvm::ArrayRef<int64_t> outputShape);

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_PARAMS_H
