// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nn-fuse-activation: relu and clip become the clamp of their producer.

#include "compiler/quantize/Activations.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <algorithm>
#include <limits>

namespace quench::quantize {
#define GEN_PASS_DEF_FUSEACTIVATION
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

struct Clamp {
  float min = -infinity;
  float max = infinity;
};

Clamp clampOf(nn::ReluOp) { return {0, infinity}; }
Clamp clampOf(nn::ClipOp op) {
  return {op.getMin().convertToFloat(), op.getMax().convertToFloat()};
}

template <typename Op> struct IntoClamp : OpRewritePattern<Op> {
  IntoClamp(MLIRContext *context, function_ref<void()> fused)
      : OpRewritePattern<Op>(context), fused(fused) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Operation *producer = op.getInput().getDefiningOp();
    if (!isa_and_nonnull<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp,
                         nn::AddOp, nn::SubOp, nn::MulOp>(producer))
      return rewriter.notifyMatchFailure(op, "producer takes no clamp");
    if (!op.getInput().hasOneUse())
      return rewriter.notifyMatchFailure(op, "producer has other uses");
    Clamp clamp = clampOf(op);
    if (auto inner = producer->getAttrOfType<DenseF32ArrayAttr>("clamp")) {
      clamp.min = std::max(clamp.min, inner[0]);
      clamp.max = std::min(clamp.max, inner[1]);
    }
    if (!(clamp.min <= clamp.max))
      return rewriter.notifyMatchFailure(op, "the two clamps do not overlap");
    rewriter.modifyOpInPlace(producer, [&] {
      producer->setAttr("clamp", rewriter.getDenseF32ArrayAttr(
                                     {clamp.min, clamp.max}));
      producer->setLoc(op.getLoc());
    });
    rewriter.replaceOp(op, producer);
    fused();
    return success();
  }

  function_ref<void()> fused;
};

struct FuseActivation : quantize::impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    auto count = [&] { ++numFused; };
    RewritePatternSet patterns(&getContext());
    populateFuseActivationPatterns(patterns, count);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void quantize::populateFuseActivationPatterns(RewritePatternSet &patterns,
                                              function_ref<void()> fused) {
  patterns.add<IntoClamp<nn::ReluOp>, IntoClamp<nn::ClipOp>>(
      patterns.getContext(), fused);
}
