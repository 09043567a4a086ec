// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an nn op that stays float to the parameter struct of its kernel
// (qrt/kernels.h). The interpreter and `place` both call these, so they cannot
// differ. Ops are assumed verified.

#ifndef QUENCH_DIALECTS_NN_FLOATPARAMS_H
#define QUENCH_DIALECTS_NN_FLOATPARAMS_H

#include "dialects/nn/NN.h"
#include "qrt/kernels.h"

#include <string>

namespace quench::nn {

/// Unit attribute of an op that a QConfig leaves float (quench.keep_float): at
/// every level it is computed by the runtime's float kernel, in its order.
inline constexpr llvm::StringLiteral keepFloatAttr = "quench.keep_float";

/// Why the runtime's float kernels cannot compute the op; "" if they can.
std::string floatMisfit(mlir::Operation *op);

qrt_conv2d_f32 floatParams(Conv2DOp op);
qrt_conv2d_f32 floatParams(ConvTranspose2DOp op);
qrt_conv2d_f32 floatParams(LinearOp op); // height 1, width = rows, kernel 1x1
qrt_matmul_f32 floatParams(MatMulOp op);
qrt_binary_f32 floatParams(AddOp op);
qrt_binary_f32 floatParams(SubOp op);
qrt_binary_f32 floatParams(MulOp op);
qrt_pool2d floatParams(MaxPool2DOp op);
qrt_pool2d floatParams(AvgPool2DOp op);
qrt_reduce floatParams(ReduceMeanOp op);
qrt_reduce floatParams(ReduceSumOp op);
qrt_reduce floatParams(ReduceMaxOp op);
qrt_resize2d floatParams(ResizeOp op);
qrt_rows floatParams(SoftmaxOp op);
qrt_rows floatParams(LayerNormOp op);
/// prelu and the functions of one value.
qrt_unary_f32 unaryParams(mlir::Operation *op);

// Moves, in elements of four bytes.
qrt_copy floatParams(SliceOp op);
qrt_copy floatParams(TransposeOp op);
/// Operand `index` of a concat, as a copy into the result.
qrt_copy floatConcatPart(ConcatOp op, unsigned index);

} // namespace quench::nn

#endif // QUENCH_DIALECTS_NN_FLOATPARAMS_H
