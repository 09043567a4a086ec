// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-simplify-layout: transposes that move nothing become reshapes, and others
// move behind elementwise ops until they meet and compose.

#include "compiler/optimize/Decisions.h"
#include "compiler/optimize/Passes.h"
#include "dialects/q/Q.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_SIMPLIFYLAYOUT
#include "compiler/optimize/Passes.h.inc"

namespace {

RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Whether the axes longer than 1 keep their order.
bool keepsOrder(ArrayRef<int64_t> shape, ArrayRef<int64_t> perm) {
  int64_t last = -1;
  for (int64_t axis : perm) {
    if (shape[axis] == 1)
      continue;
    if (axis < last)
      return false;
    last = axis;
  }
  return true;
}

struct TransposeToReshape : OpRewritePattern<q::TransposeOp> {
  TransposeToReshape(MLIRContext *context, Pass::Statistic &numReshapes)
      : OpRewritePattern(context), numReshapes(numReshapes) {}

  LogicalResult matchAndRewrite(q::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (!keepsOrder(typeOf(op.getInput()).getShape(), op.getPerm()))
      return rewriter.notifyMatchFailure(op, "elements change their order");
    rewriter.replaceOpWithNewOp<q::ReshapeOp>(op, op.getType(), op.getInput());
    ++numReshapes;
    return success();
  }

  Pass::Statistic &numReshapes;
};

/// Elementwise, and the same function at every position.
bool isPositionFree(Operation *op) {
  if (auto lut = dyn_cast_or_null<q::LutOp>(op))
    return lut.getTable().getShapedType().getRank() == 1;
  return isa_and_nonnull<q::RequantizeOp>(op);
}

RankedTensorType permuted(RankedTensorType type, ArrayRef<int64_t> perm) {
  SmallVector<int64_t> shape;
  for (int64_t axis : perm)
    shape.push_back(type.getDimSize(axis));
  return RankedTensorType::get(shape, type.getElementType());
}

/// transpose, table, ..., table, transpose: the first moves behind the tables.
struct SinkThroughTables : OpRewritePattern<q::TransposeOp> {
  SinkThroughTables(MLIRContext *context, Pass::Statistic &numSunk)
      : OpRewritePattern(context), numSunk(numSunk) {}

  LogicalResult matchAndRewrite(q::TransposeOp last,
                                PatternRewriter &rewriter) const override {
    SmallVector<Operation *> chain;
    Value value = last.getInput();
    while (isPositionFree(value.getDefiningOp()) && value.hasOneUse()) {
      chain.push_back(value.getDefiningOp());
      value = chain.back()->getOperand(0);
    }
    auto first = value.getDefiningOp<q::TransposeOp>();
    if (chain.empty() || !first || !value.hasOneUse())
      return rewriter.notifyMatchFailure(last, "no transpose to meet");

    Value moved = first.getInput();
    for (Operation *op : llvm::reverse(chain)) {
      IRMapping mapping;
      mapping.map(op->getOperand(0), moved);
      Operation *copy = rewriter.clone(*op, mapping);
      auto type = RankedTensorType::get(
          typeOf(moved).getShape(), typeOf(op->getResult(0)).getElementType());
      copy->getResult(0).setType(type);
      moved = copy->getResult(0);
    }
    auto sunk = q::TransposeOp::create(rewriter, first.getLoc(),
                                       permuted(typeOf(moved), first.getPerm()),
                                       moved, first.getPermAttr());
    rewriter.modifyOpInPlace(last,
                             [&] { last.getInputMutable().assign(sunk); });
    ++numSunk;
    return success();
  }

  Pass::Statistic &numSunk;
};

/// op(transpose(a), transpose(b)) => transpose(op(a, b)).
template <typename BinaryOp>
struct SinkThroughBinary : OpRewritePattern<BinaryOp> {
  SinkThroughBinary(MLIRContext *context, Pass::Statistic &numSunk)
      : OpRewritePattern<BinaryOp>(context), numSunk(numSunk) {}

  LogicalResult matchAndRewrite(BinaryOp op,
                                PatternRewriter &rewriter) const override {
    auto left = op.getLhs().template getDefiningOp<q::TransposeOp>();
    auto right = op.getRhs().template getDefiningOp<q::TransposeOp>();
    if (!left || !right || left.getPerm() != right.getPerm())
      return rewriter.notifyMatchFailure(op,
                                         "operands are not transposed alike");
    if (typeOf(left).getShape() != typeOf(right).getShape())
      return rewriter.notifyMatchFailure(op, "an operand is broadcast");
    auto onlyUser = [&](q::TransposeOp transpose) {
      return llvm::all_of(transpose->getUsers(), [&](Operation *user) {
        return user == op.getOperation();
      });
    };
    if (!onlyUser(left) || !onlyUser(right))
      return rewriter.notifyMatchFailure(op, "a transpose has other uses");

    auto type = RankedTensorType::get(typeOf(left.getInput()).getShape(),
                                      typeOf(op.getResult()).getElementType());
    auto moved = BinaryOp::create(rewriter, op.getLoc(), type, left.getInput(),
                                  right.getInput(), op.getClampAttr());
    rewriter.replaceOpWithNewOp<q::TransposeOp>(op, op.getType(), moved,
                                                left.getPermAttr());
    ++numSunk;
    return success();
  }

  Pass::Statistic &numSunk;
};

struct SimplifyLayout : impl::SimplifyLayoutBase<SimplifyLayout> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    Decisions decisions(getArgument());
    RewritePatternSet patterns(context);
    q::ReshapeOp::getCanonicalizationPatterns(patterns, context);
    q::TransposeOp::getCanonicalizationPatterns(patterns, context);
    patterns.add<TransposeToReshape>(context, numReshapes);
    patterns.add<SinkThroughTables, SinkThroughBinary<q::AddOp>,
                 SinkThroughBinary<q::SubOp>, SinkThroughBinary<q::MulOp>>(
        context, numSunk);
    if (failed(decisions.run(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace quench::optimize
