// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// q-strip-border: codes and NHWC at the function's border.

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Passes.h"
#include "dialects/q/Q.h"

namespace quench::quantize {
#define GEN_PASS_DEF_STRIPBORDER
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Axis 1 goes last.
SmallVector<int64_t> toChannelsLast(int64_t rank) {
  SmallVector<int64_t> perm{0};
  for (int64_t axis = 2; axis < rank; ++axis)
    perm.push_back(axis);
  perm.push_back(1);
  return perm;
}

/// True if `op` moves channels from the second axis to the last, or back with
/// `back`; a reshape does where it keeps the order of elements.
bool movesChannels(Operation *op, bool back) {
  auto transpose = dyn_cast<q::TransposeOp>(op);
  if (!transpose && !isa<q::ReshapeOp>(op))
    return false;
  Value planar = back ? op->getResult(0) : op->getOperand(0);
  Value last = back ? op->getOperand(0) : op->getResult(0);
  ArrayRef<int64_t> from = shapeOf(planar), to = shapeOf(last);
  const int64_t rank = from.size();
  if (rank < 3 || int64_t(to.size()) != rank)
    return false;
  const SmallVector<int64_t> perm = toChannelsLast(rank);
  for (auto [axis, source] : llvm::enumerate(perm))
    if (to[axis] != from[source])
      return false;
  if (!transpose) {
    // The same order of elements: either side is one axis only.
    int64_t pixels = 1;
    for (int64_t size : from.drop_front(2))
      pixels *= size;
    return from[1] == 1 || pixels == 1;
  }
  for (auto [axis, source] : llvm::enumerate(perm))
    if (transpose.getPerm()[back ? source : axis] !=
        (back ? int64_t(axis) : source))
      return false;
  return true;
}

struct StripBorder : quantize::impl::StripBorderBase<StripBorder> {
  using StripBorderBase::StripBorderBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    for (BlockArgument argument : function.getArguments())
      stripArgument(argument);
    auto end = cast<func::ReturnOp>(function.front().getTerminator());
    for (OpOperand &result : end->getOpOperands())
      stripResult(result);
    function.setType(FunctionType::get(&getContext(),
                                       function.front().getArgumentTypes(),
                                       end->getOperandTypes()));
  }

  /// All users of `value`, if there are some and all are of one kind that
  /// `accepts`, with equal types.
  static SmallVector<Operation *>
  usersLike(Value value, function_ref<bool(Operation *)> accepts) {
    SmallVector<Operation *> users;
    for (Operation *user : value.getUsers()) {
      if (!accepts(user) ||
          (!users.empty() && users.front()->getResult(0).getType() !=
                                 user->getResult(0).getType()))
        return {};
      users.push_back(user);
    }
    return users;
  }

  static bool isQuantize(Operation *op) { return isa<q::QuantizeOp>(op); }
  static bool toLast(Operation *op) { return movesChannels(op, false); }

  /// Gives `value` the type of its users and lets it stand for them.
  void replaceUsers(Value value, ArrayRef<Operation *> users) {
    value.setType(users.front()->getResult(0).getType());
    for (Operation *user : users) {
      user->getResult(0).replaceAllUsesWith(value);
      user->erase();
      ++numStripped;
    }
  }

  void stripArgument(BlockArgument argument) {
    SmallVector<Operation *> quantizers = usersLike(argument, isQuantize);
    if (quantized && !quantizers.empty())
      replaceUsers(argument, quantizers);
    if (!channelsLast)
      return;
    if (q::isActivation(argument.getType())) {
      if (auto movers = usersLike(argument, toLast); !movers.empty())
        replaceUsers(argument, movers);
      return;
    }
    // A float argument: the quantizer now reads channels last.
    if (quantizers.size() != 1)
      return;
    Value codes = quantizers.front()->getResult(0);
    SmallVector<Operation *> movers = usersLike(codes, toLast);
    if (movers.empty())
      return;
    replaceUsers(codes, movers);
    argument.setType(
        cast<RankedTensorType>(argument.getType()).clone(shapeOf(codes)));
  }

  void stripResult(OpOperand &result) {
    auto dequantize = result.get().getDefiningOp<q::DequantizeOp>();
    if (!dequantize) {
      if (quantized && getElementTypeOrSelf(result.get().getType()).isF32())
        result.getOwner()->emitRemark("result ")
            << result.getOperandNumber() << ", '" << valueName(result.get())
            << "', stays float: it comes from a float island";
      return;
    }
    Value codes = dequantize.getInput();
    Operation *mover = codes.getDefiningOp();
    const bool moves = channelsLast && mover && movesChannels(mover, true);
    if (moves)
      codes = mover->getOperand(0);
    if (quantized) {
      result.set(codes);
      ++numStripped;
    } else if (moves) {
      OpBuilder builder(dequantize);
      Type type =
          cast<RankedTensorType>(dequantize.getType()).clone(shapeOf(codes));
      result.set(
          q::DequantizeOp::create(builder, dequantize.getLoc(), type, codes));
    }
    if (moves)
      ++numStripped;
    if (dequantize->use_empty())
      dequantize.erase();
    if (moves && mover->use_empty())
      mover->erase();
  }
};

} // namespace
