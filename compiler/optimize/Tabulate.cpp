// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-tabulate: sums, differences and products that depend on one code only.

#include "compiler/optimize/Decisions.h"
#include "compiler/optimize/Passes.h"
#include "compiler/optimize/Tables.h"
#include "dialects/nn/Elements.h"
#include "dialects/q/Params.h"
#include "dialects/q/Q.h"

#include "llvm/Support/Format.h"

#include <array>

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_TABULATE
#include "compiler/optimize/Passes.h.inc"

namespace {

/// A value as a function of the codes of `source`; no source: a constant.
struct CodeFunction {
  Value source;
  std::string text = "x";
  std::array<int8_t, 256> codes;
};

/// The one code of a constant tensor of equal codes.
std::optional<CodeFunction> constantFunction(q::ConstantOp constant) {
  if (q::isWide(constant.getType()))
    return std::nullopt;
  const std::vector<int8_t> codes =
      nn::elementValues<int8_t>(constant.getCodes());
  if (codes.empty() || !llvm::all_equal(codes))
    return std::nullopt;
  const q::ActParams params = q::actParams(constant.getType());
  CodeFunction function;
  llvm::raw_string_ostream(function.text = "")
      << llvm::format("%g", (codes.front() - params.zero) * params.scale);
  function.codes.fill(codes.front());
  return function;
}

/// Follows tables upwards from `value` as far as they go.
CodeFunction functionOf(Value value) {
  if (auto constant = value.getDefiningOp<q::ConstantOp>())
    if (auto function = constantFunction(constant))
      return *function;
  if (Operation *op = value.getDefiningOp())
    if (auto table = tableOf(op); table && table->channels == 1) {
      CodeFunction function = functionOf(op->getOperand(0));
      for (int8_t &code : function.codes)
        code = table->at(0, code);
      function.text = (function.source && function.text == "x")
                          ? table->function
                          : function.text + " then " + table->function;
      return function;
    }
  CodeFunction identity;
  identity.source = value;
  for (int code = -128; code < 128; ++code)
    identity.codes[code + 128] = static_cast<int8_t>(code);
  return identity;
}

int8_t evaluate(const qrt_add_nd &p, int8_t a, int8_t b) {
  return static_cast<int8_t>(qrt_add_codes(&p.add, a, b));
}

int8_t evaluate(const qrt_mul_nd &p, int8_t a, int8_t b) {
  return static_cast<int8_t>(qrt_requantize((a - p.a_zero) * (b - p.b_zero),
                                            p.mul, p.out.zero, p.out.min,
                                            p.out.max));
}

template <typename BinaryOp>
struct BinaryToTable : OpRewritePattern<BinaryOp> {
  BinaryToTable(MLIRContext *context, Decisions &decisions,
                Pass::Statistic &numTabulated)
      : OpRewritePattern<BinaryOp>(context), decisions(decisions),
        numTabulated(numTabulated) {}

  LogicalResult matchAndRewrite(BinaryOp op,
                                PatternRewriter &rewriter) const override {
    const CodeFunction left = functionOf(op.getLhs());
    const CodeFunction right = functionOf(op.getRhs());
    Value source = left.source ? left.source : right.source;
    if (!source)
      return rewriter.notifyMatchFailure(op, "both operands are constants");
    if (left.source && right.source && left.source != right.source)
      return rewriter.notifyMatchFailure(op, "operands are two tensors");
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    if (llvm::any_of(
            ValueRange{op.getLhs(), op.getRhs(), op.getOutput(), source},
            [](Value v) { return q::isWide(v.getType()); }))
      return rewriter.notifyMatchFailure(op, "codes of 16 bits");
    if (cast<RankedTensorType>(source.getType()).getShape() != type.getShape())
      return rewriter.notifyMatchFailure(op, "the tensor is broadcast");

    const auto params = q::params(op);
    std::vector<int8_t> codes;
    for (auto [a, b] : llvm::zip_equal(left.codes, right.codes))
      codes.push_back(evaluate(params, a, b));
    const std::string text = (op->getName().stripDialect() + "(" + left.text +
                              ", " + right.text + ")")
                                 .str();
    auto table = q::LutOp::create(
        rewriter, op.getLoc(), type, source,
        nn::makeElements<int8_t>(
            RankedTensorType::get({256}, rewriter.getI8Type()), codes, "table"),
        rewriter.getStringAttr(text));
    decisions.done(table, "became a table of one operand", op);
    rewriter.replaceOp(op, table);
    ++numTabulated;
    return success();
  }

  Decisions &decisions;
  Pass::Statistic &numTabulated;
};

struct Tabulate : impl::TabulateBase<Tabulate> {
  void runOnOperation() override {
    Decisions decisions(getArgument());
    RewritePatternSet patterns(&getContext());
    patterns.add<BinaryToTable<q::AddOp>, BinaryToTable<q::SubOp>,
                 BinaryToTable<q::MulOp>>(&getContext(), decisions,
                                          numTabulated);
    if (failed(decisions.run(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace quench::optimize
