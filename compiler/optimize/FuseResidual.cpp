// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-fuse-residual: conv2d + add becomes conv2d with a residual operand.

#include "compiler/optimize/Decisions.h"
#include "compiler/optimize/Passes.h"
#include "dialects/q/Q.h"

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_FUSERESIDUAL
#include "compiler/optimize/Passes.h.inc"

namespace {

/// Why `add` cannot be the epilogue of what computes `operand`, or an empty
/// string.
std::string whyNot(q::AddOp add, Value operand, Value other) {
  auto conv = operand.getDefiningOp<q::Conv2DOp>();
  if (!conv)
    return "no operand is a convolution";
  if (!operand.hasOneUse())
    return "convolution " + describe(conv) + " has other uses";
  if (conv.getResidual())
    return "convolution " + describe(conv) + " has a residual already";
  auto shapeOf = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  ArrayRef<int64_t> shape = shapeOf(add.getOutput());
  if (shapeOf(operand) != shape || shapeOf(other) != shape)
    return "an operand is broadcast";
  // The sum is made where the code of the convolution lies.
  for (Value value : {operand, other})
    if (q::isWide(value.getType()) != q::isWide(add.getType()))
      return "an operand has codes of another width than the sum";
  return "";
}

struct AddIntoConv : OpRewritePattern<q::AddOp> {
  AddIntoConv(MLIRContext *context, Decisions &decisions,
              Pass::Statistic &numFused)
      : OpRewritePattern(context), decisions(decisions), numFused(numFused) {}

  LogicalResult matchAndRewrite(q::AddOp add,
                                PatternRewriter &rewriter) const override {
    // The sum is symmetric in its integers, so either operand will do.
    Value left = add.getLhs(), right = add.getRhs();
    const std::string whyNotLeft = whyNot(add, left, right);
    const std::string whyNotRight = whyNot(add, right, left);
    if (!whyNotLeft.empty() && !whyNotRight.empty()) {
      const bool leftIsConv = left.getDefiningOp<q::Conv2DOp>() != nullptr;
      return decisions.decline(rewriter, add,
                               leftIsConv ? whyNotLeft : whyNotRight);
    }
    bool useLeft = whyNotLeft.empty();
    if (useLeft && whyNotRight.empty())
      useLeft = right.getDefiningOp()->isBeforeInBlock(left.getDefiningOp());

    auto conv = (useLeft ? left : right).getDefiningOp<q::Conv2DOp>();
    Value residual = useLeft ? right : left;
    auto fused = q::Conv2DOp::create(
        rewriter, fusedLocation(conv.getLoc(), add.getLoc()), add.getType(),
        conv.getInput(), conv.getFilter(), conv.getBias(), residual,
        conv.getStridesAttr(), conv.getPadsAttr(), conv.getDilationsAttr(),
        conv.getGroupsAttr(), conv.getMultiplierAttr(), conv.getClampAttr(),
        TypeAttr::get(q::quantizedElement(conv.getType())), add.getClampAttr());
    decisions.done(fused, "added " + describe(residual) + " in the epilogue",
                   conv);
    rewriter.replaceOp(add, fused);
    rewriter.eraseOp(conv);
    ++numFused;
    return success();
  }

  static std::string describe(Value value) {
    if (Operation *op = value.getDefiningOp())
      return optimize::describe(op);
    return "an input";
  }
  static std::string describe(Operation *op) { return optimize::describe(op); }

  Decisions &decisions;
  Pass::Statistic &numFused;
};

struct FuseResidual : impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    Decisions decisions(getArgument());
    RewritePatternSet patterns(&getContext());
    patterns.add<AddIntoConv>(&getContext(), decisions, numFused);
    if (failed(decisions.run(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace quench::optimize
