// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Canonicalizations of reshape and transpose, the same on every level that has
// these ops.

#ifndef QUENCH_DIALECTS_NN_MOVEMENT_H
#define QUENCH_DIALECTS_NN_MOVEMENT_H

#include "mlir/IR/PatternMatch.h"

namespace quench::nn {

/// reshape(reshape(x)) => reshape(x).
template <typename ReshapeOp>
struct MergeReshapes : mlir::OpRewritePattern<ReshapeOp> {
  using mlir::OpRewritePattern<ReshapeOp>::OpRewritePattern;
  mlir::LogicalResult
  matchAndRewrite(ReshapeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto producer = op.getInput().template getDefiningOp<ReshapeOp>();
    if (!producer)
      return rewriter.notifyMatchFailure(op, "input is no reshape");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(),
                                           producer.getInput());
    return mlir::success();
  }
};

/// transpose(transpose(x, p), q) => transpose(x, p[q]).
template <typename TransposeOp>
struct MergeTransposes : mlir::OpRewritePattern<TransposeOp> {
  using mlir::OpRewritePattern<TransposeOp>::OpRewritePattern;
  mlir::LogicalResult
  matchAndRewrite(TransposeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto producer = op.getInput().template getDefiningOp<TransposeOp>();
    if (!producer)
      return rewriter.notifyMatchFailure(op, "input is no transpose");
    llvm::SmallVector<int64_t> perm;
    for (int64_t axis : op.getPerm())
      perm.push_back(producer.getPerm()[axis]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(),
                                             producer.getInput(), perm);
    return mlir::success();
  }
};

/// A transpose that moves only axes of size 1 keeps the order of elements.
template <typename TransposeOp, typename ReshapeOp>
struct TransposeToReshape : mlir::OpRewritePattern<TransposeOp> {
  using mlir::OpRewritePattern<TransposeOp>::OpRewritePattern;
  mlir::LogicalResult
  matchAndRewrite(TransposeOp op,
                  mlir::PatternRewriter &rewriter) const override {
    auto input = llvm::cast<mlir::RankedTensorType>(op.getInput().getType());
    int64_t last = -1;
    for (int64_t axis : op.getPerm()) {
      if (input.getDimSize(axis) == 1)
        continue;
      if (axis < last)
        return rewriter.notifyMatchFailure(op, "moves elements");
      last = axis;
    }
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return mlir::success();
  }
};

/// True for [0, 1, 2, ...].
inline bool isIdentity(llvm::ArrayRef<int64_t> perm) {
  for (size_t i = 0; i < perm.size(); ++i)
    if (perm[i] != int64_t(i))
      return false;
  return true;
}

} // namespace quench::nn

#endif // QUENCH_DIALECTS_NN_MOVEMENT_H
