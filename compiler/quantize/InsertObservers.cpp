// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quantize-insert-observers: qf.observe wherever the integer graph will round.

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Diagnose.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"

namespace quench::quantize {
#define GEN_PASS_DEF_INSERTOBSERVERS
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

/// Takes float: the graph's end and the ops inside islands.
bool takesFloat(OpOperand &use) {
  Operation *user = use.getOwner();
  return isa<func::ReturnOp, qf::ObserveOp>(user) ||
         formOf(user).form == Form::Island;
}

bool isFloatTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF32();
}

struct InsertObservers : quantize::impl::InsertObserversBase<InsertObservers> {
  using InsertObserversBase::InsertObserversBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!findObserver(observer)) {
      emitError(function.getLoc()) << "unknown observer '" << observer
                                   << "', expected one of " << observerNames();
      return signalPassFailure();
    }
    if (function.isExternal())
      return;

    Misfits misfits;
    function.walk([&](Operation *op) {
      if (op->getDialect() == getContext().getLoadedDialect<nn::NNDialect>() &&
          formOf(op).form == Form::None)
        misfits.add(op, formOf(op).reason);
    });
    if (failed(misfits.report(function, "cannot be quantized")))
      return signalPassFailure();

    OpBuilder builder(function.getContext());
    builder.setInsertionPointToStart(&function.front());
    for (BlockArgument argument : function.getArguments())
      if (isFloatTensor(argument.getType()))
        observe(builder, argument, {}, takesFloat);
    for (Operation &op : llvm::make_early_inc_range(function.front())) {
      const OpForm &form = formOf(&op);
      builder.setInsertionPointAfter(&op);
      if (hasOwnGrid(form.form))
        observe(builder, op.getResult(0), form.range,
                [](OpOperand &) { return false; });
      else if (form.form == Form::Island)
        observe(builder, op.getResult(0), form.range, takesFloat);
    }
  }

  /// Puts an observer in front of all uses that `keep` does not leave alone.
  void observe(OpBuilder &builder, Value value, std::optional<Range> range,
               function_ref<bool(OpOperand &)> keep) {
    if (llvm::all_of(value.getUses(), keep))
      return;
    if (llvm::any_of(value.getUsers(), llvm::IsaPred<qf::ObserveOp>))
      return;
    DenseF32ArrayAttr given;
    if (range)
      given = builder.getDenseF32ArrayAttr({range->min, range->max});
    Location loc = value.getLoc();
    if (isa<BlockArgument>(value))
      loc = NameLoc::get(builder.getStringAttr(valueName(value)));
    auto op = qf::ObserveOp::create(
        builder, loc, value.getType(), value,
        builder.getStringAttr(range ? StringRef(passiveObserver)
                                    : StringRef(observer)),
        given, IntegerAttr());
    value.replaceUsesWithIf(op.getOutput(), [&](OpOperand &use) {
      return use.getOwner() != op && !keep(use);
    });
    ++numObservers;
  }
};

} // namespace
