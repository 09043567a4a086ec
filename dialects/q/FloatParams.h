// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an nn op that stays float to the parameter struct of its kernel
// (qrt/kernels.h). The interpreter and `place` both call these, so they cannot
// differ. Ops are assumed verified.

#ifndef QUENCH_DIALECTS_Q_FLOATPARAMS_H
#define QUENCH_DIALECTS_Q_FLOATPARAMS_H

#include "dialects/nn/NN.h"
#include "qrt/kernels.h"

#include <string>

namespace quench::q {

/// Unit attribute of an op that a QConfig leaves float (quench.keep_float): at
/// every level it is computed by the runtime's float kernel, in its order.
inline constexpr llvm::StringLiteral keepFloatAttr = "quench.keep_float";

/// Why the runtime's float kernels cannot compute the op; "" if they can.
std::string floatMisfit(mlir::Operation *op);

qrt_conv2d_f32 floatParams(nn::Conv2DOp op);
qrt_conv2d_f32 floatParams(nn::ConvTranspose2DOp op);
qrt_conv2d_f32
floatParams(nn::LinearOp op); // height 1, width = rows, kernel 1x1
qrt_matmul_f32 floatParams(nn::MatMulOp op);
qrt_binary_f32 floatParams(nn::AddOp op);
qrt_binary_f32 floatParams(nn::SubOp op);
qrt_binary_f32 floatParams(nn::MulOp op);
qrt_pool2d floatParams(nn::MaxPool2DOp op);
qrt_pool2d floatParams(nn::AvgPool2DOp op);
qrt_reduce floatParams(nn::ReduceMeanOp op);
qrt_reduce floatParams(nn::ReduceSumOp op);
qrt_reduce floatParams(nn::ReduceMaxOp op);
qrt_resize2d floatParams(nn::ResizeOp op);
qrt_rows floatParams(nn::SoftmaxOp op);
qrt_rows floatParams(nn::LayerNormOp op);
/// prelu and the functions of one value.
qrt_unary_f32 unaryParams(mlir::Operation *op);

// Moves, in elements of four bytes.
qrt_copy floatParams(nn::SliceOp op);
qrt_copy floatParams(nn::TransposeOp op);
/// Operand `index` of a concat, as a copy into the result.
qrt_copy floatConcatPart(nn::ConcatOp op, unsigned index);

} // namespace quench::q

#endif // QUENCH_DIALECTS_Q_FLOATPARAMS_H
