// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// qf-normalize-qdq: a graph quantized elsewhere comes into our form.

#include "compiler/quantize/Activations.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Grids.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/fakequant/Grid.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_NORMALIZEQDQ
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

/// fake_quant(x) => x where x is on that grid already.
struct RemoveRedundant : OpRewritePattern<qf::FakeQuantOp> {
  RemoveRedundant(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context, 2), count(count) {}

  LogicalResult matchAndRewrite(qf::FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    if (gridOf(op.getInput()) != op.getQtype())
      return rewriter.notifyMatchFailure(op, "changes the grid");
    rewriter.replaceOp(op, op.getInput());
    ++count;
    return success();
  }
  Pass::Statistic &count;
};

/// fake_quant(move(x)) => move(fake_quant(x)), if x is on no grid; for a concat
/// every input that is not on the grid of the result.
struct MoveThroughMovement : OpRewritePattern<qf::FakeQuantOp> {
  MoveThroughMovement(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context, 1), count(count) {}

  LogicalResult matchAndRewrite(qf::FakeQuantOp op,
                                PatternRewriter &rewriter) const override {
    Operation *movement = op.getInput().getDefiningOp();
    if (!movement || formOf(movement).form != Form::SameGrid)
      return rewriter.notifyMatchFailure(op, "input is no data movement");
    if (gridOf(op.getInput()))
      return rewriter.notifyMatchFailure(op, "input is on a grid: requantize");
    if (!op.getInput().hasOneUse())
      return rewriter.notifyMatchFailure(op, "movement has other uses");
    rewriter.modifyOpInPlace(movement, [&] {
      for (OpOperand &operand : movement->getOpOperands()) {
        Type grid = gridOf(operand.get());
        if (grid == op.getQtype())
          continue;
        rewriter.setInsertionPoint(movement);
        operand.set(qf::FakeQuantOp::create(
            rewriter, nameOf(operand.get(), bool(grid)),
            operand.get().getType(), operand.get(), op.getQtypeAttr()));
      }
      movement->setLoc(op.getLoc());
    });
    rewriter.replaceOp(op, movement);
    ++count;
    return success();
  }

  /// The first quantization of a tensor has its name.
  static Location nameOf(Value value, bool isRequantization) {
    if (isRequantization)
      return derivedLoc(value, "requantize");
    return NameLoc::get(StringAttr::get(value.getContext(), valueName(value)));
  }
  Pass::Statistic &count;
};

struct NormalizeQdq : quantize::impl::NormalizeQdqBase<NormalizeQdq> {
  void runOnOperation() override {
    mergeDuplicates();
    auto countClamp = [&] { ++numClamps; };
    RewritePatternSet patterns(&getContext());
    populateFuseActivationPatterns(patterns, countClamp);
    patterns.add<RemoveRedundant>(&getContext(), numRemoved);
    patterns.add<MoveThroughMovement>(&getContext(), numMoved);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    mergeDuplicates();
    getOperation().walk([&](Operation *op) {
      if (isa<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp>(op) &&
          op->getNumOperands() > 2)
        normalizeBias(op);
    });
  }

  /// Exporters write one pair per consumer of a tensor.
  void mergeDuplicates() {
    DenseMap<std::pair<Value, Type>, qf::FakeQuantOp> seen;
    for (Block &block : getOperation().getBody())
      for (auto op :
           llvm::make_early_inc_range(block.getOps<qf::FakeQuantOp>())) {
        auto [it, isNew] = seen.try_emplace({op.getInput(), op.getQtype()}, op);
        if (isNew)
          continue;
        op.replaceAllUsesWith(it->second.getOutput());
        op.erase();
        ++numRemoved;
      }
  }

  /// Codes of the bias in scale f32(sx * sw), one per filter scale.
  void normalizeBias(Operation *op) {
    Type input = gridOf(op->getOperand(0));
    auto filter = op->getOperand(1).getDefiningOp<qf::ConstantOp>();
    Value bias = op->getOperand(2);
    auto coded = bias.getDefiningOp<qf::ConstantOp>();
    if (!isa_and_nonnull<quant::UniformQuantizedType>(input) || !filter ||
        (!coded && !isConstant(bias)))
      return; // the conversion says what is wrong
    const int64_t channels =
        cast<RankedTensorType>(bias.getType()).getNumElements();
    std::vector<float> filterScales;
    auto axis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter.getQtype());
    for (int64_t i = 0, e = axis ? axis.getScales().size() : 1; i < e; ++i)
      filterScales.push_back(q::scaleOf(filter.getQtype(), i));
    if (axis && int64_t(filterScales.size()) != channels)
      return;
    const std::vector<float> scales =
        biasScales(q::actParams(input).scale, filterScales);
    Type type = q::makeBiasType(&getContext(), scales);
    if (coded && coded.getQtype() == type)
      return;

    std::vector<int32_t> codes =
        coded ? rescaled(coded, scales)
              : quantize::quantize<int32_t>(*constantValues(bias), scales, 1, 0,
                                            INT32_MIN, INT32_MAX);
    OpBuilder builder(op);
    auto storage = RankedTensorType::get(channels, builder.getI32Type());
    op->setOperand(2, qf::ConstantOp::create(
                          builder, bias.getLoc(), bias.getType(),
                          nn::makeElements<int32_t>(storage, codes, "bias"),
                          TypeAttr::get(type)));
    if (bias.use_empty())
      bias.getDefiningOp()->erase();
    ++numBiases;
  }

  /// Codes of a bias in other scales. A scale that differs by a few roundings
  /// of the same product stands for that product: its codes are kept.
  static std::vector<int32_t> rescaled(qf::ConstantOp bias,
                                       ArrayRef<float> scales) {
    constexpr double sameScale = 0x1p-20;
    Type type = bias.getQtype();
    const int32_t zero = q::zeroOf(type);
    std::vector<int32_t> codes;
    if (bias.getCodes().getElementType().isInteger(32)) {
      codes = nn::elementValues<int32_t>(bias.getCodes());
    } else {
      const auto narrow = nn::elementValues<int8_t>(bias.getCodes());
      codes.assign(narrow.begin(), narrow.end());
    }
    for (auto [i, code] : llvm::enumerate(codes)) {
      const double ratio =
          double(q::scaleOf(type, i)) / scales[scales.size() == 1 ? 0 : i];
      const double value = double(code) - zero;
      code = std::fabs(ratio - 1) <= sameScale
                 ? static_cast<int32_t>(value)
                 : static_cast<int32_t>(
                       std::clamp(std::nearbyint(value * ratio),
                                  double(INT32_MIN), double(INT32_MAX)));
    }
    return codes;
  }
};

} // namespace
