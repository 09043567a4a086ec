// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// verify-level: a function holds what its level allows, and no more.

#include "compiler/quantize/Bounds.h"
#include "compiler/quantize/Diagnose.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

namespace quench::quantize {
#define GEN_PASS_DEF_VERIFYLEVEL
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

struct Level {
  StringRef name;
  bool (*allows)(Operation *);
};

bool insideIsland(Operation *op) {
  return op->getParentOfType<q::FloatIslandOp>() != nullptr;
}

const Level levels[] = {
    {"nn", [](Operation *op) { return isa<nn::NNDialect>(op->getDialect()); }},
    {"qf",
     [](Operation *op) {
       return isa<nn::NNDialect, qf::QFDialect>(op->getDialect());
     }                                                                       },
    {"q",
     [](Operation *op) {
       return isa<q::QDialect>(op->getDialect()) ||
              (insideIsland(op) && isa<nn::NNDialect>(op->getDialect()));
     }                                                                       },
};

bool isFloat(Value value) {
  return getElementTypeOrSelf(value.getType()).isF32();
}

/// Where an integer graph may have a float tensor.
bool mayHaveFloat(Operation *op) {
  return isa<q::QuantizeOp, q::DequantizeOp, q::FloatIslandOp>(op) ||
         insideIsland(op);
}

struct VerifyLevel : quantize::impl::VerifyLevelBase<VerifyLevel> {
  using VerifyLevelBase::VerifyLevelBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    const Level *row = llvm::find_if(levels, [&](const Level &candidate) {
      return candidate.name == level;
    });
    if (row == std::end(levels)) {
      emitError(function.getLoc())
          << "unknown level '" << level << "', expected nn, qf or q";
      return signalPassFailure();
    }
    Misfits misfits;
    function.walk([&](Operation *op) {
      if (isa<func::FuncOp, func::ReturnOp>(op))
        return;
      if (!op->getDialect() || !row->allows(op))
        misfits.add(op, "it is of another level");
      else if (level == "q")
        verifyIntegers(op, misfits);
    });
    if (failed(misfits.report(
            function, ("do not belong to level " + llvm::Twine(level)).str())))
      signalPassFailure();
  }

  void verifyIntegers(Operation *op, Misfits &misfits) {
    if (!mayHaveFloat(op) && (llvm::any_of(op->getOperands(), isFloat) ||
                              llvm::any_of(op->getResults(), isFloat)))
      return misfits.add(op, "it has a float tensor outside of a float island");
    const std::optional<Bound> bound = accumulatorBound(op);
    if (!bound)
      return;
    if (bound->value >= wrapsAt)
      return misfits.add(op, "the accumulator of output channel " +
                                 Twine(bound->channel) + " may reach " +
                                 Twine(bound->value) + ", and int32 wraps at " +
                                 Twine(wrapsAt));
    if (reportInexact && bound->value >= inexactAt)
      op->emitRemark("the accumulator of output channel ")
          << bound->channel << " may reach " << bound->value
          << ", and floats above " << inexactAt << " are not exact";
  }
};

} // namespace
