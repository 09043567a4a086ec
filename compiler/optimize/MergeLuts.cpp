// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-merge-luts: two tables in a row are one table.

#include "compiler/optimize/Decisions.h"
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Tables.h"
#include "dialects/nn/Elements.h"
#include "dialects/q/Q.h"

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_MERGELUTS
#include "compiler/optimize/Passes.h.inc"

namespace {

template <typename SecondOp>
struct ComposeTables : OpRewritePattern<SecondOp> {
  ComposeTables(MLIRContext *context, Decisions &decisions,
                Pass::Statistic &numMerged)
      : OpRewritePattern<SecondOp>(context), decisions(decisions),
        numMerged(numMerged) {}

  LogicalResult matchAndRewrite(SecondOp second,
                                PatternRewriter &rewriter) const override {
    Operation *first = second.getInput().getDefiningOp();
    if (!isa_and_nonnull<q::LutOp, q::RequantizeOp>(first))
      return rewriter.notifyMatchFailure(second, "input is no table");
    const std::optional<CodeTable> firstTable = tableOf(first);
    const std::optional<CodeTable> secondTable = tableOf(second);
    if (!firstTable || !secondTable)
      return rewriter.notifyMatchFailure(second, "codes of 16 bits");
    if (!first->hasOneUse())
      return decisions.decline(rewriter, second,
                               describe(first) + " has other uses");

    const CodeTable both = compose(*firstTable, *secondTable);
    SmallVector<int64_t> shape;
    if (both.channels > 1)
      shape.push_back(both.channels);
    shape.push_back(256);
    auto tableType = RankedTensorType::get(shape, rewriter.getI8Type());
    auto merged = q::LutOp::create(
        rewriter, fusedLocation(first->getLoc(), second.getLoc()),
        second.getType(), first->getOperand(0),
        nn::makeElements<int8_t>(tableType, both.codes, "table"),
        rewriter.getStringAttr(both.function));
    decisions.done(merged, "composed with " + describe(first), second);
    rewriter.replaceOp(second, merged);
    rewriter.eraseOp(first);
    ++numMerged;
    return success();
  }

  Decisions &decisions;
  Pass::Statistic &numMerged;
};

struct MergeLuts : impl::MergeLutsBase<MergeLuts> {
  void runOnOperation() override {
    Decisions decisions(getArgument());
    RewritePatternSet patterns(&getContext());
    patterns.add<ComposeTables<q::LutOp>, ComposeTables<q::RequantizeOp>>(
        &getContext(), decisions, numMerged);
    if (failed(decisions.run(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace quench::optimize
