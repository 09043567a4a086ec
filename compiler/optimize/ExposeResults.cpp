// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-expose-results: every result of an op becomes a result of the function.

#include "compiler/optimize/Passes.h"
#include "dialects/q/Notes.h"
#include "dialects/q/Q.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace quench::optimize {

#define GEN_PASS_DEF_EXPOSERESULTS
#include "compiler/optimize/Passes.h.inc"

namespace {

/// The name of an op's location, or of the op itself.
std::string nameOf(Operation &op) {
  if (auto name = op.getLoc()->findInstanceOf<NameLoc>())
    return name.getName().str();
  return op.getName().stripDialect().str();
}

struct ExposeResults : impl::ExposeResultsBase<ExposeResults> {
  using ExposeResultsBase::ExposeResultsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    auto end = cast<func::ReturnOp>(function.front().getTerminator());
    llvm::SmallSetVector<Value, 16> results(end.operand_begin(),
                                            end.operand_end());
    SmallVector<Value> added;
    for (Operation &op : function.front().without_terminator())
      if (!isa<q::ConstantOp, q::ReshapeOp>(op))
        for (Value value : op.getResults())
          if (results.insert(value))
            added.push_back(value);
    const unsigned before = function.getNumResults();
    end->insertOperands(before, added);
    function.setType(FunctionType::get(
        &getContext(), function.front().getArgumentTypes(),
        end->getOperandTypes()));
    Builder builder(&getContext());
    for (auto [index, value] : llvm::enumerate(added))
      function.setResultAttr(before + static_cast<unsigned>(index),
                             "quench.name",
                             builder.getStringAttr(
                                 nameOf(*value.getDefiningOp())));
    numExposed += static_cast<unsigned>(added.size());
  }
};

} // namespace
} // namespace quench::optimize
