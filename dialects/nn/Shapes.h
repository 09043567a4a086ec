// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape rules shared by the float and the integer ops, as plain functions over
// sizes. Every function returns failure and calls `error` with a sentence
// (lower case, expected and found) when operands do not fit; sizes that
// overflow int32 are refused, since the runtime counts in int32.

#ifndef QUENCH_DIALECTS_NN_SHAPES_H
#define QUENCH_DIALECTS_NN_SHAPES_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

namespace quench::nn {

using Shape = llvm::SmallVector<int64_t>;
using ShapeRef = llvm::ArrayRef<int64_t>;
/// What a tensor of any level may have: sizes of at least 1 and at most 2^31 -
/// 1 elements, so that counts and strides fit int32.
bool isCountable(ShapeRef shape);

/// Receives the sentence that says what does not fit.
using ShapeError = llvm::function_ref<void(const llvm::Twine &)>;

/// Window parameters of convolutions and pools: [h, w] pairs and four pads
/// [top, left, bottom, right].
struct Window {
  ShapeRef kernel, strides, pads, dilations;
};

/// [N, H, W, IC] x [OC, KH, KW, IC / groups] -> [N, OH, OW, OC].
mlir::FailureOr<Shape> inferConv2D(ShapeRef input, ShapeRef filter,
                                   ShapeRef strides, ShapeRef pads,
                                   ShapeRef dilations, int64_t groups,
                                   ShapeError error);

/// [N, H, W, IC] x [OC, KH, KW, IC / groups] -> [N, OH, OW, OC], adjoint sizes.
mlir::FailureOr<Shape> inferConvTranspose2D(ShapeRef input, ShapeRef filter,
                                            ShapeRef strides, ShapeRef pads,
                                            ShapeRef dilations,
                                            ShapeRef outputPads, int64_t groups,
                                            ShapeError error);

/// [..., K] x [N, K] -> [..., N].
mlir::FailureOr<Shape> inferLinear(ShapeRef input, ShapeRef filter,
                                   ShapeError error);

/// [..., M, K] x [..., K, N] -> [..., M, N] with broadcast leading axes.
mlir::FailureOr<Shape> inferMatMul(ShapeRef lhs, ShapeRef rhs,
                                   ShapeError error);

/// NumPy broadcasting of two shapes.
mlir::FailureOr<Shape> inferBroadcast(ShapeRef lhs, ShapeRef rhs,
                                      ShapeError error);

mlir::FailureOr<Shape> inferPool2D(ShapeRef input, const Window &window,
                                   bool ceilMode, ShapeError error);

mlir::FailureOr<Shape> inferReduce(ShapeRef input, ShapeRef axes, bool keepdims,
                                   ShapeError error);

mlir::FailureOr<Shape> inferConcat(llvm::ArrayRef<ShapeRef> inputs,
                                   int64_t axis, ShapeError error);

mlir::FailureOr<Shape> inferSlice(ShapeRef input, ShapeRef starts,
                                  ShapeRef sizes, ShapeRef steps,
                                  ShapeError error);

mlir::FailureOr<Shape> inferPad(ShapeRef input, ShapeRef low, ShapeRef high,
                                llvm::StringRef mode, ShapeError error);

mlir::FailureOr<Shape> inferTranspose(ShapeRef input, ShapeRef perm,
                                      ShapeError error);

/// Checks that [N, H, W, C] resizes to [N, OH, OW, C] and that the strings are
/// known.
mlir::LogicalResult checkResize(ShapeRef input, ShapeRef output,
                                llvm::StringRef mode,
                                llvm::StringRef coordinates,
                                llvm::StringRef rounding,
                                llvm::ArrayRef<float> scales, ShapeError error);

} // namespace quench::nn

#endif // QUENCH_DIALECTS_NN_SHAPES_H
