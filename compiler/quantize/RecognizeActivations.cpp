// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nn-recognize-activations: activation functions written as arithmetic become
// one op.

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_RECOGNIZEACTIVATIONS
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

bool near(double found, double wanted) {
  return std::fabs(found - wanted) <= 1e-5 * std::fabs(wanted);
}

/// A tree of products, taken apart: factor * factor * ... * constant.
struct Product {
  SmallVector<Value> factors;
  double constant = 1;
};

void takeApart(Value value, bool root, Product &product) {
  auto mul = value.getDefiningOp<nn::MulOp>();
  if (mul && !mul.getClamp() && (root || value.hasOneUse())) {
    takeApart(mul.getLhs(), false, product);
    takeApart(mul.getRhs(), false, product);
  } else if (std::optional<float> constant = splatValue(value)) {
    product.constant *= *constant;
  } else {
    product.factors.push_back(value);
  }
}

/// x of `x + c`, c near `wanted`; null if `value` is something else.
Value plus(Value value, double wanted) {
  auto add = value.getDefiningOp<nn::AddOp>();
  if (!add || add.getClamp() || !value.hasOneUse())
    return {};
  for (auto [x, c] : {std::pair(add.getLhs(), add.getRhs()),
                      std::pair(add.getRhs(), add.getLhs())})
    if (std::optional<float> constant = splatValue(c);
        constant && near(*constant, wanted) && x.getType() == add.getType())
      return x;
  return {};
}

/// x of clip(x + 3, 0, 6).
Value clippedPlusThree(Value value) {
  auto clip = value.getDefiningOp<nn::ClipOp>();
  if (!clip || !value.hasOneUse() || clip.getMin().convertToDouble() != 0 ||
      !near(clip.getMax().convertToDouble(), 6))
    return {};
  return plus(clip.getInput(), 3);
}

/// x of hard_sigmoid(x) with the slope of hard_swish.
Value hardSigmoid(Value value) {
  auto op = value.getDefiningOp<nn::HardSigmoidOp>();
  if (!op || !near(op.getAlpha().convertToDouble(), 1.0 / 6) ||
      !near(op.getBeta().convertToDouble(), 0.5))
    return {};
  return op.getInput();
}

Value sigmoid(Value value) {
  auto op = value.getDefiningOp<nn::SigmoidOp>();
  return op ? op.getInput() : Value();
}

/// x of erf(x / sqrt 2) + 1.
Value erfPlusOne(Value value) {
  Value inner = plus(value, 1);
  auto erf = inner ? inner.getDefiningOp<nn::ErfOp>() : nn::ErfOp();
  if (!erf || !inner.hasOneUse())
    return {};
  Product product;
  takeApart(erf.getInput(), false, product);
  if (product.factors.size() != 1 || !near(product.constant, std::sqrt(0.5)))
    return {};
  return product.factors.front();
}

/// x * gate(x) * constant becomes one op.
struct Spelling {
  Value (*gate)(Value);
  double constant;
  void (*replace)(PatternRewriter &, Operation *, Value x);
};

const Spelling gated[] = {
    {clippedPlusThree, 1.0 / 6,
     [](PatternRewriter &rewriter, Operation *op, Value x) {
       rewriter.replaceOpWithNewOp<nn::HardSwishOp>(op, x);
     }},
    {hardSigmoid,      1,
     [](PatternRewriter &rewriter, Operation *op, Value x) {
       rewriter.replaceOpWithNewOp<nn::HardSwishOp>(op, x);
     }},
    {sigmoid,          1,
     [](PatternRewriter &rewriter, Operation *op, Value x) {
       rewriter.replaceOpWithNewOp<nn::SiluOp>(op, x);
     }},
    {erfPlusOne,       0.5,
     [](PatternRewriter &rewriter, Operation *op, Value x) {
       rewriter.replaceOpWithNewOp<nn::GeluOp>(op, x);
     }},
};

struct Recognize : OpRewritePattern<nn::MulOp> {
  Recognize(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(nn::MulOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getClamp())
      return rewriter.notifyMatchFailure(op, "product has a clamp");
    Product product;
    takeApart(op.getOutput(), true, product);
    for (Value factor : product.factors)
      if (factor.getType() != op.getType())
        return rewriter.notifyMatchFailure(op, "a factor is broadcast");

    if (product.factors.size() == 1 && near(product.constant, 1.0 / 6)) {
      if (Value x = clippedPlusThree(product.factors[0])) {
        rewriter.replaceOpWithNewOp<nn::HardSigmoidOp>(
            op, x, rewriter.getF32FloatAttr(1.0f / 6),
            rewriter.getF32FloatAttr(0.5f));
        ++count;
        return success();
      }
    }
    if (product.factors.size() != 2)
      return rewriter.notifyMatchFailure(op, "no product of two factors");
    for (const Spelling &spelling : gated) {
      for (int first : {0, 1}) {
        Value x = product.factors[first];
        if (near(product.constant, spelling.constant) &&
            spelling.gate(product.factors[1 - first]) == x) {
          spelling.replace(rewriter, op, x);
          ++count;
          return success();
        }
      }
    }
    return rewriter.notifyMatchFailure(op, "no known spelling");
  }

  Pass::Statistic &count;
};

struct RecognizeActivations
    : quantize::impl::RecognizeActivationsBase<RecognizeActivations> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<Recognize>(&getContext(), numRecognized);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
