// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Maps y = scale[c] * x + shift[c] over the last axis, and the ops with a
// filter that can take them in.

#ifndef QUENCH_COMPILER_QUANTIZE_AFFINE_H
#define QUENCH_COMPILER_QUANTIZE_AFFINE_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/PatternMatch.h"

#include <optional>
#include <vector>

namespace quench::quantize {

/// In double; one entry, or one per channel of the last axis.
struct Affine {
  std::vector<double> scale{1};
  std::vector<double> shift{0};

  double scaleAt(int64_t channel) const {
    return scale[scale.size() == 1 ? 0 : channel];
  }
  double shiftAt(int64_t channel) const {
    return shift[shift.size() == 1 ? 0 : channel];
  }
  bool hasShift() const;
};

/// The map that `op` computes and its input: a batch_norm, or a mul, add or sub
/// with a constant of one element or one per channel, without a clamp.
struct AffineOp {
  mlir::Value input;
  Affine map;
};
std::optional<AffineOp> matchAffine(mlir::Operation *op);

/// The constant parts of a conv2d, conv_transpose2d or linear.
struct FilterOp {
  mlir::Operation *op;
  std::vector<float> filter;
  std::vector<float> bias; // one per output channel, 0 without a bias operand
  llvm::SmallVector<int64_t> shape; // [OC, (KH, KW,) IC / groups]
  int64_t groups = 1;

  int64_t outChannels() const { return shape.front(); }
};
/// Nothing unless filter and bias are constants.
std::optional<FilterOp> matchFilterOp(mlir::Operation *op);

/// map(op(x)): the filter of channel oc times scale[oc], the bias likewise plus
/// shift[oc].
void applyAfter(FilterOp &filterOp, const Affine &map);

/// op(map(x)): exact where the shift is 0 or no padding is read. Returns
/// whether it is; changes nothing otherwise.
bool applyBefore(FilterOp &filterOp, const Affine &map);

/// Gives the op the changed constants, and `input` and `loc` instead of its
/// own.
void rebuild(mlir::RewriterBase &rewriter, const FilterOp &filterOp,
             mlir::Value input, mlir::Location loc);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_AFFINE_H
