// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nn-fold-batch-norm: affine maps per channel become part of the weights.

#include "compiler/quantize/Affine.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/Statistics.h"
#include "dialects/nn/NN.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

/// A batch_norm normalized its result in training: per channel, mean beta and
/// deviation |gamma|.
std::optional<ChannelStatistics> statisticsBehind(Operation *op) {
  auto norm = dyn_cast<nn::BatchNormOp>(op);
  if (!norm)
    return std::nullopt;
  auto scale = constantValues(norm.getScale());
  auto bias = constantValues(norm.getBias());
  if (!scale || !bias)
    return std::nullopt;
  for (float &gamma : *scale)
    gamma = std::fabs(gamma);
  return ChannelStatistics{std::move(*bias), std::move(*scale)};
}

/// Any of the ops that matchAffine knows.
struct AffinePattern : RewritePattern {
  AffinePattern(MLIRContext *context, PatternBenefit benefit,
                Pass::Statistic &count)
      : RewritePattern(MatchAnyOpTypeTag(), benefit, context), count(count) {}
  Pass::Statistic &count;
};

struct IntoProducer : AffinePattern {
  using AffinePattern::AffinePattern;
  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    std::optional<AffineOp> affine = matchAffine(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "no affine map per channel");
    if (!affine->input.hasOneUse())
      return rewriter.notifyMatchFailure(op, "input has other uses");
    std::optional<FilterOp> producer =
        matchFilterOp(affine->input.getDefiningOp());
    if (!producer)
      return rewriter.notifyMatchFailure(op, "producer has no constant filter");
    if (producer->op->hasAttr("clamp"))
      return rewriter.notifyMatchFailure(op, "producer has a clamp");
    auto statistics = statisticsBehind(op);
    if (auto before = statisticsOf(producer->op); before && !statistics)
      statistics = mapped(std::move(*before), affine->map);
    applyAfter(*producer, affine->map);
    rebuild(rewriter, *producer, producer->op->getOperand(0), op->getLoc());
    if (statistics)
      rewriter.modifyOpInPlace(
          producer->op, [&] { setStatistics(producer->op, *statistics); });
    rewriter.replaceOp(op, producer->op);
    ++count;
    return success();
  }
};

struct IntoConsumer : AffinePattern {
  using AffinePattern::AffinePattern;
  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    std::optional<AffineOp> affine = matchAffine(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "no affine map per channel");
    if (!op->hasOneUse())
      return rewriter.notifyMatchFailure(op, "result has other uses");
    OpOperand &use = *op->use_begin();
    std::optional<FilterOp> consumer = matchFilterOp(use.getOwner());
    if (!consumer || use.getOperandNumber() != 0)
      return rewriter.notifyMatchFailure(op, "user has no constant filter");
    if (!applyBefore(*consumer, affine->map))
      return rewriter.notifyMatchFailure(op, "user pads, so a shift would be "
                                             "added outside the picture too");
    rebuild(rewriter, *consumer, affine->input, consumer->op->getLoc());
    rewriter.eraseOp(op);
    ++count;
    return success();
  }
};

struct ToMulAdd : AffinePattern {
  using AffinePattern::AffinePattern;
  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa<nn::BatchNormOp>(op))
      return rewriter.notifyMatchFailure(op, "no batch_norm");
    std::optional<AffineOp> affine = matchAffine(op);
    if (!affine)
      return rewriter.notifyMatchFailure(op, "statistics are not constant");
    auto constant = [&](const std::vector<double> &values) {
      const std::vector<float> rounded(values.begin(), values.end());
      return createConstant(rewriter, op->getLoc(), rounded.size(), rounded);
    };
    Value scaled = nn::MulOp::create(
        rewriter, derivedLoc(op->getResult(0), "mul"), affine->input,
        constant(affine->map.scale), DenseF32ArrayAttr());
    auto statistics = statisticsBehind(op);
    auto shifted = rewriter.replaceOpWithNewOp<nn::AddOp>(
        op, scaled, constant(affine->map.shift), DenseF32ArrayAttr());
    if (statistics)
      setStatistics(shifted, *statistics);
    ++count;
    return success();
  }
};

struct FoldBatchNorm : quantize::impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    RewritePatternSet folds(&getContext());
    folds.add<IntoProducer>(&getContext(), 2, numProducer);
    folds.add<IntoConsumer>(&getContext(), 1, numConsumer);
    if (failed(applyPatternsGreedily(getOperation(), std::move(folds))))
      return signalPassFailure();
    // Last, or the mul of the pair would wait for the add's turn in vain.
    RewritePatternSet rest(&getContext());
    rest.add<ToMulAdd>(&getContext(), 1, numMulAdd);
    if (failed(applyPatternsGreedily(getOperation(), std::move(rest))))
      return signalPassFailure();
  }
};

} // namespace
