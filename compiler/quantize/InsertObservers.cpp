// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// quantize-insert-observers: qf.observe wherever the integer graph will round.

#include "compiler/quantize/Configuration.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Diagnose.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "dialects/q/FloatParams.h"
#include "dialects/q/Notes.h"
#include "dialects/qf/QF.h"

#include "llvm/ADT/SetVector.h"

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

/// Whether a value is float before any observer: an input of the graph, a
/// constant, the result of an island.
bool comesAsFloat(Value value) {
  Operation *op = value.getDefiningOp();
  return !op || isa<nn::ConstantOp>(op) || formOf(op).form == Form::Island;
}

/// Moves that the runtime can do in float.
bool canMoveFloat(Operation *op) {
  if (auto resize = dyn_cast<nn::ResizeOp>(op))
    return resize.getMode() == "nearest";
  return isa<nn::MaxPool2DOp, nn::ReduceMaxOp, nn::ConcatOp, nn::SliceOp,
             nn::ReshapeOp, nn::TransposeOp>(op);
}

bool isFloatTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF32();
}

struct InsertObservers : quantize::impl::InsertObserversBase<InsertObservers> {
  using InsertObserversBase::InsertObserversBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    FailureOr<QConfig> given = qconfigOf(function, qconfig);
    if (failed(given) || failed(checkOverrides(*given, function)))
      return signalPassFailure();
    config = std::move(*given);
    if (failed(keepFloat(function)))
      return signalPassFailure();

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
      if (form.form != Form::Island && isFilterOp(&op))
        observeFilter(op.getOpOperand(1));
      builder.setInsertionPointAfter(&op);
      if (hasOwnGrid(form.form))
        observe(builder, op.getResult(0), form.range,
                [](OpOperand &) { return false; });
      else if (form.form == Form::Island)
        observe(builder, op.getResult(0), form.range, takesFloat);
    }
  }

  /// Marks the ops that overrides leave float. What only moves values has no
  /// arithmetic to keep: it stays float where all around it is float, and is
  /// silently integer elsewhere.
  LogicalResult keepFloat(func::FuncOp function) {
    Misfits misfits;
    llvm::SetVector<Operation *> moves;
    function.walk([&](Operation *op) {
      const Form form = formOf(op).form;
      if ((!hasOwnGrid(form) && !canMoveFloat(op)) ||
          !configOf(config, op->getResult(0)).keepFloat)
        return;
      if (std::string reason = q::floatMisfit(op); !reason.empty())
        return misfits.add(op, reason);
      op->setAttr(q::keepFloatAttr, UnitAttr::get(op->getContext()));
      if (form == Form::SameGrid)
        moves.insert(op);
      else
        q::addNote(op, "stays float, as the QConfig says");
    });
    // A move that is not surrounded by float takes others with it.
    for (bool changed = true; changed;) {
      changed = false;
      moves.remove_if([&](Operation *op) {
        if (llvm::all_of(op->getOperands(), comesAsFloat) &&
            llvm::all_of(op->getUses(), takesFloat))
          return false;
        op->removeAttr(q::keepFloatAttr);
        return changed = true;
      });
    }
    return misfits.report(function, "cannot stay float");
  }

  qf::ObserveOp create(OpBuilder &builder, Location loc, Value value,
                       const TensorConfig &tensor, StringRef observer,
                       std::optional<Range> range) {
    DenseF32ArrayAttr given;
    if (range)
      given = builder.getDenseF32ArrayAttr({range->min, range->max});
    auto scheme = qf::SchemeAttr::get(builder.getContext(), tensor.scheme,
                                      tensor.fakeQuant);
    ++numObservers;
    return qf::ObserveOp::create(builder, loc, value.getType(), value,
                                 builder.getStringAttr(observer), given,
                                 IntegerAttr(), scheme);
  }

  /// A filter has an observer of its own; another op may share the constant.
  void observeFilter(OpOperand &filter) {
    OpBuilder builder(filter.getOwner());
    const TensorConfig weight =
        configOf(config, filter.getOwner()->getResult(0)).weight;
    filter.set(create(builder, filter.get().getLoc(), filter.get(), weight,
                      weight.observer, {}));
    if (weight.scheme.bits != config.weight.scheme.bits)
      q::addNote(filter.getOwner(), (Twine(weight.scheme.bits) +
                                     "-bit filter, as the QConfig says")
                                        .str());
  }

  /// Puts an observer in front of all uses that `keep` does not leave alone.
  void observe(OpBuilder &builder, Value value, std::optional<Range> range,
               function_ref<bool(OpOperand &)> keep) {
    if (llvm::all_of(value.getUses(), keep))
      return;
    if (llvm::any_of(value.getUsers(), llvm::IsaPred<qf::ObserveOp>))
      return;
    const OpConfig op = configOf(config, value);
    if (op.range)
      range = Range{(*op.range)[0], (*op.range)[1]};
    const int bits = op.activation.scheme.bits;
    if (Operation *maker = value.getDefiningOp();
        maker && bits != config.activation.scheme.bits)
      q::addNote(maker,
                 (Twine(bits) + "-bit result, as the QConfig says").str());
    Location loc = value.getLoc();
    if (isa<BlockArgument>(value))
      loc = NameLoc::get(builder.getStringAttr(valueName(value)));
    auto observer = create(builder, loc, value, op.activation,
                           range ? StringRef(passiveObserver)
                                 : StringRef(op.activation.observer),
                           range);
    value.replaceUsesWithIf(observer.getOutput(), [&](OpOperand &use) {
      return use.getOwner() != observer && !keep(use);
    });
  }

  QConfig config;
};

} // namespace
