// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-fold-pad: constant pads become pads of the convolutions that read them.

#include "compiler/optimize/Decisions.h"
#include "compiler/optimize/Passes.h"
#include "dialects/q/Q.h"

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_FOLDPAD
#include "compiler/optimize/Passes.h.inc"

namespace {

/// Why the pad cannot be a pad of a convolution, or an empty string.
std::string whyNot(q::PadOp pad) {
  auto type = cast<RankedTensorType>(pad.getInput().getType());
  if (pad.getMode() != "constant")
    return ("padding mode is " + pad.getMode()).str();
  if (int64_t zero = q::zeroOf(type), code = pad.getCode(); code != zero)
    return "pad code " + std::to_string(code) + " is not the zero point " +
           std::to_string(zero);
  for (auto [axis, sizes] :
       llvm::enumerate(llvm::zip_equal(pad.getLow(), pad.getHigh()))) {
    auto [low, high] = sizes;
    const bool picture = axis == 1 || axis == 2;
    if (!picture && (low != 0 || high != 0))
      return "axis " + std::to_string(axis) + " is padded, not only 1 and 2";
    if (low < 0 || high < 0)
      return "a negative pad crops";
  }
  return "";
}

struct PadIntoConv : OpRewritePattern<q::Conv2DOp> {
  PadIntoConv(MLIRContext *context, Decisions &decisions,
              Pass::Statistic &numFolded)
      : OpRewritePattern(context), decisions(decisions), numFolded(numFolded) {}

  LogicalResult matchAndRewrite(q::Conv2DOp conv,
                                PatternRewriter &rewriter) const override {
    auto pad = conv.getInput().getDefiningOp<q::PadOp>();
    if (!pad)
      return rewriter.notifyMatchFailure(conv, "input is no pad");
    if (std::string why = whyNot(pad); !why.empty())
      return decisions.decline(rewriter, conv, why);

    ArrayRef<int64_t> pads = conv.getPads();
    const int64_t sums[] = {
        pads[0] + pad.getLow()[1], pads[1] + pad.getLow()[2],
        pads[2] + pad.getHigh()[1], pads[3] + pad.getHigh()[2]};
    rewriter.modifyOpInPlace(conv, [&] {
      conv.setPads(sums);
      conv.getInputMutable().assign(pad.getInput());
    });
    decisions.done(conv, "took the pads of " + describe(pad), pad);
    ++numFolded;
    return success();
  }

  Decisions &decisions;
  Pass::Statistic &numFolded;
};

struct FoldPad : impl::FoldPadBase<FoldPad> {
  void runOnOperation() override {
    Decisions decisions(getArgument());
    RewritePatternSet patterns(&getContext());
    patterns.add<PadIntoConv>(&getContext(), decisions, numFolded);
    if (failed(decisions.run(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace quench::optimize
