// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-fuse-activation: tables that only clamp, and requantizations that only move
// the zero point, go into the output stage of the op before them.

#include "compiler/optimize/Decisions.h"
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Tables.h"
#include "dialects/q/Q.h"

#include <algorithm>

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_FUSEACTIVATION
#include "compiler/optimize/Passes.h.inc"

namespace {

/// The clamp attribute that acts last in `op`, or an empty name.
StringRef lastClamp(Operation *op) {
  if (auto conv = dyn_cast_or_null<q::Conv2DOp>(op))
    return conv.getResidual() ? "add_clamp" : "clamp";
  if (isa_and_nonnull<q::ConvTranspose2DOp, q::LinearOp, q::MatMulOp, q::AddOp,
                      q::SubOp, q::MulOp, q::AvgPool2DOp>(op))
    return "clamp";
  return "";
}

/// Base of both patterns: `user` follows a producer with a clamp.
template <typename UserOp>
struct IntoProducer : OpRewritePattern<UserOp> {
  IntoProducer(MLIRContext *context, Decisions &decisions,
               Pass::Statistic &count)
      : OpRewritePattern<UserOp>(context), decisions(decisions), count(count) {}

  LogicalResult matchAndRewrite(UserOp user,
                                PatternRewriter &rewriter) const override {
    Operation *producer = user.getInput().getDefiningOp();
    const StringRef name = lastClamp(producer);
    if (name.empty())
      return decisions.decline(rewriter, user, "producer has no clamp");
    if (!producer->hasOneUse())
      return decisions.decline(
          rewriter, user, "producer " + describe(producer) + " has other uses");
    auto old = producer->getAttrOfType<DenseI64ArrayAttr>(name);
    std::string why;
    auto clamp = newClamp(user, old[0], old[1], why);
    if (failed(clamp))
      return decisions.decline(rewriter, user, why);

    rewriter.modifyOpInPlace(producer, [&] {
      producer->setAttr(
          name, rewriter.getDenseI64ArrayAttr({clamp->first, clamp->second}));
      producer->getResult(0).setType(user.getType());
      producer->setLoc(fusedLocation(producer->getLoc(), user.getLoc()));
    });
    decisions.done(producer, what(user), user);
    rewriter.replaceOp(user, producer->getResult(0));
    ++count;
    return success();
  }

  virtual FailureOr<std::pair<int64_t, int64_t>>
  newClamp(UserOp user, int64_t low, int64_t high, std::string &why) const = 0;
  virtual std::string what(UserOp user) const = 0;

  Decisions &decisions;
  Pass::Statistic &count;
};

/// Exact for every value v before the clamp: the table is monotone on the codes
/// the producer gives, so table(clamp(v, low, high)) is
/// clamp(v, table(low), table(high)).
struct ClampTable : IntoProducer<q::LutOp> {
  using IntoProducer::IntoProducer;

  FailureOr<std::pair<int64_t, int64_t>>
  newClamp(q::LutOp lut, int64_t low, int64_t high,
           std::string &why) const override {
    const q::ActParams in = q::actParams(lut.getInput().getType());
    const q::ActParams out = q::actParams(lut.getType());
    const std::optional<CodeTable> codes = tableOf(lut);
    if (!codes) {
      why = "codes have 16 bits";
      return failure();
    }
    if (in.scale != out.scale || in.zero != out.zero) {
      why = "table changes the scale or zero point";
      return failure();
    }
    const CodeTable &table = *codes;
    const int64_t newLow = table.at(0, static_cast<int32_t>(low));
    const int64_t newHigh = table.at(0, static_cast<int32_t>(high));
    for (int64_t channel = 0; channel < table.channels; ++channel)
      for (int64_t code = low; code <= high; ++code)
        if (newLow > newHigh || table.at(channel, static_cast<int32_t>(code)) !=
                                    std::clamp(code, newLow, newHigh)) {
          why = ("'" + lut.getFunction() + "' is no clamp on the codes [" +
                 Twine(low) + ", " + Twine(high) + "]")
                    .str();
          return failure();
        }
    return std::make_pair(newLow, newHigh);
  }

  std::string what(q::LutOp lut) const override {
    return ("clamp of '" + lut.getFunction() + "' folded in").str();
  }
};

/// Exact: rne(p) + z1 clamped, minus z1 plus z2, is rne(p) + z2 clamped to the
/// moved bounds.
struct ZeroPointShift : IntoProducer<q::RequantizeOp> {
  using IntoProducer::IntoProducer;

  FailureOr<std::pair<int64_t, int64_t>>
  newClamp(q::RequantizeOp op, int64_t low, int64_t high,
           std::string &why) const override {
    const q::ActParams in = q::actParams(op.getInput().getType());
    const q::ActParams out = q::actParams(op.getType());
    if (q::isWide(op.getInput().getType()) != q::isWide(op.getType())) {
      why = "codes become wider or narrower";
      return failure();
    }
    if (in.scale != out.scale) {
      why = "scales differ: the producer's rounding and this one are two";
      return failure();
    }
    const int64_t shift = out.zero - in.zero;
    auto move = [&](int64_t bound) {
      return std::clamp<int64_t>(bound + shift, out.min, out.max);
    };
    return std::make_pair(move(low), move(high));
  }

  std::string what(q::RequantizeOp) const override {
    return "zero point moved to that of the requantization";
  }
};

struct FuseActivation : impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    Decisions decisions(getArgument());
    RewritePatternSet patterns(&getContext());
    patterns.add<ClampTable>(&getContext(), decisions, numClamps);
    patterns.add<ZeroPointShift>(&getContext(), decisions, numShifts);
    if (failed(decisions.run(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace quench::optimize
