// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nn-fuse-activation: relu and clip become the clamp of their producer.

#include "compiler/quantize/Activations.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Notes.h"
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

/// The clamp of the producer with `clamp` applied behind it.
Clamp joined(Operation *producer, Clamp clamp) {
  if (auto inner = producer->getAttrOfType<DenseF32ArrayAttr>("clamp")) {
    clamp.min = std::max(clamp.min, inner[0]);
    clamp.max = std::min(clamp.max, inner[1]);
  }
  return clamp;
}

/// Why a relu or clip cannot be its producer's clamp; empty if it can.
StringRef whyNot(Value input, Clamp clamp) {
  Operation *producer = input.getDefiningOp();
  if (!isa_and_nonnull<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp,
                       nn::AddOp, nn::SubOp, nn::MulOp>(producer))
    return "its producer takes no clamp";
  if (!input.hasOneUse())
    return "its producer has other uses";
  clamp = joined(producer, clamp);
  if (!(clamp.min <= clamp.max))
    return "the two clamps do not overlap";
  return "";
}

template <typename Op>
struct IntoClamp : OpRewritePattern<Op> {
  IntoClamp(MLIRContext *context, function_ref<void()> fused)
      : OpRewritePattern<Op>(context), fused(fused) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (StringRef reason = whyNot(op.getInput(), clampOf(op)); !reason.empty())
      return rewriter.notifyMatchFailure(op, reason);
    Operation *producer = op.getInput().getDefiningOp();
    const Clamp clamp = joined(producer, clampOf(op));
    rewriter.modifyOpInPlace(producer, [&] {
      producer->setAttr("clamp",
                        rewriter.getDenseF32ArrayAttr({clamp.min, clamp.max}));
      producer->setLoc(op.getLoc());
    });
    rewriter.replaceOp(op, producer);
    fused();
    return success();
  }

  function_ref<void()> fused;
};

/// What is left says why, down to --explain.
template <typename Op>
void noteReason(Op op) {
  q::addNote(op, ("not a clamp of the op before: " +
                  whyNot(op.getInput(), clampOf(op)))
                     .str());
}

struct FuseActivation : quantize::impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    auto count = [&] { ++numFused; };
    RewritePatternSet patterns(&getContext());
    populateFuseActivationPatterns(patterns, count);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation().walk([](nn::ReluOp op) { noteReason(op); });
    getOperation().walk([](nn::ClipOp op) { noteReason(op); });
  }
};

} // namespace

void quantize::populateFuseActivationPatterns(RewritePatternSet &patterns,
                                              function_ref<void()> fused) {
  patterns.add<IntoClamp<nn::ReluOp>, IntoClamp<nn::ClipOp>>(
      patterns.getContext(), fused);
}
