// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// convert-qf-to-q: walks a QFloat graph once and builds the integer graph
// beside it, then removes the float one.

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/ConvertOps.h"
#include "compiler/quantize/Diagnose.h"
#include "compiler/quantize/Forms.h"
#include "compiler/quantize/Passes.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"
#include "mlir/IR/IRMapping.h"

namespace quench::quantize {
#define GEN_PASS_DEF_CONVERTQFTOQ
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

struct ConvertQFToQ : quantize::impl::ConvertQFToQBase<ConvertQFToQ> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!function.getBody().hasOneBlock()) {
      emitError(function.getLoc(), "expects one block, but has ")
          << function.getBody().getBlocks().size();
      return signalPassFailure();
    }
    misfits = {};
    codes.clear();
    floats.clear();
    broken.clear();
    for (BlockArgument argument : function.getArguments())
      floats[argument] = argument;
    SmallVector<Operation *> original;
    for (Operation &op : function.front())
      original.push_back(&op);
    for (Operation *op : original)
      convert(op);
    if (failed(misfits.report(function, "cannot be converted to integers")))
      return signalPassFailure();
    for (Operation *op : llvm::reverse(original))
      if (isa_and_nonnull<nn::NNDialect, qf::QFDialect>(op->getDialect()))
        op->erase();
    for (auto constant :
         llvm::make_early_inc_range(function.front().getOps<q::ConstantOp>()))
      if (constant->use_empty())
        constant.erase();
  }

private:
  Misfits misfits;
  /// The quantized value that stands for a float value.
  DenseMap<Value, Value> codes;
  /// Values of the float graph that exist as float in the integer graph:
  /// arguments, results of islands and, made on demand, dequantized codes.
  DenseMap<Value, Value> floats;
  /// Results of ops that were reported: what follows is not reported again.
  DenseSet<Value> broken;

  void convert(Operation *op) {
    OpBuilder builder(op);
    if (auto constant = dyn_cast<qf::ConstantOp>(op))
      return convertConstant(builder, constant);
    if (auto fakeQuant = dyn_cast<qf::FakeQuantOp>(op))
      return convertFakeQuant(builder, fakeQuant);
    if (auto end = dyn_cast<func::ReturnOp>(op))
      return convertReturn(builder, end);
    if (isa<qf::ObserveOp>(op))
      return fail(op, "an observer is left: run qf-assign-parameters");
    if (llvm::any_of(op->getOperands(),
                     [&](Value operand) { return broken.contains(operand); })) {
      broken.insert_range(op->getResults());
      return;
    }
    const OpForm &form = formOf(op);
    switch (form.form) {
    case Form::Constant:
      return;
    case Form::Table:
    case Form::OutputStage:
      return checkUsers(op); // converted together with the fake_quant behind it
    case Form::SameGrid:
    case Form::Index:
      return convertMovement(builder, op);
    case Form::Island:
      return convertIsland(builder, op, form.reason);
    case Form::None:
      return fail(op, form.reason);
    }
  }

  void fail(Operation *op, const Twine &reason) {
    misfits.add(op, reason);
    broken.insert_range(op->getResults());
  }

  void convertConstant(OpBuilder &builder, qf::ConstantOp op) {
    auto type = cast<RankedTensorType>(op.getType()).clone(op.getQtype());
    auto constant =
        q::ConstantOp::create(builder, op.getLoc(), type, op.getCodes());
    q::copyGroups(op, constant);
    codes[op.getOutput()] = constant;
  }

  /// Its float result must be rounded before anybody reads it.
  void checkUsers(Operation *op) {
    for (Operation *user : op->getUsers())
      if (!isa<qf::FakeQuantOp>(user))
        return fail(op,
                    "its result goes to '" +
                        valueName(user->getNumResults() ? user->getResult(0)
                                                        : op->getResult(0)) +
                        "' (" + user->getName().getStringRef() +
                        ") without a fake_quant");
  }

  void convertFakeQuant(OpBuilder &builder, qf::FakeQuantOp op) {
    Value input = op.getInput();
    if (broken.contains(input)) {
      broken.insert(op.getOutput());
      return;
    }
    auto grid = dyn_cast<quant::UniformQuantizedType>(op.getQtype());
    if (!grid || grid.getStorageTypeIntegralWidth() > 16)
      return fail(op, "activations are 8-bit or 16-bit, one scale per tensor");
    Type type = cast<RankedTensorType>(op.getType()).clone(grid);
    Value &result = codes[op.getOutput()];
    if (Value code = codes.lookup(input)) {
      result = code.getType() == type
                   ? code
                   : q::RequantizeOp::create(builder, op.getLoc(), type, code);
      return;
    }
    if (Value real = floats.lookup(input)) {
      result = q::QuantizeOp::create(builder, op.getLoc(), type, real);
      return;
    }
    codes.erase(op.getOutput());
    Operation *producer = input.getDefiningOp();
    if (isa<nn::ConstantOp>(producer))
      return fail(op, "a constant has no codes: run qf-fold-constants");
    if (!hasOwnGrid(formOf(producer).form))
      return fail(op, "its input is on no grid");
    if (Value converted = convertStage(builder, producer, op.getLoc(), grid))
      codes[op.getOutput()] = converted;
    else
      broken.insert(op.getOutput());
  }

  /// The operands of `op` as codes; reports and fails if one has none.
  LogicalResult operandsOf(Operation *op, SmallVectorImpl<Value> &operands) {
    for (OpOperand &operand : op->getOpOperands()) {
      Value code = codes.lookup(operand.get());
      if (!code && !mayBeFloat(op, operand.getOperandNumber())) {
        fail(op,
             "its operand '" + valueName(operand.get()) + "' is not quantized");
        return failure();
      }
      operands.push_back(code);
    }
    return success();
  }

  Value convertStage(OpBuilder &builder, Operation *op, Location loc,
                     quant::UniformQuantizedType grid) {
    Conversion conversion{builder, loc, op, {}, grid, {}};
    if (failed(operandsOf(op, conversion.operands)))
      return {};
    for (Value operand : ArrayRef(conversion.operands).take_front())
      if (!q::isActivation(operand.getType())) {
        fail(op, "its operand is not quantized per tensor");
        return {};
      }
    Value result = convertOp(conversion);
    if (!result)
      fail(op, conversion.why);
    else if (formOf(op).form == Form::Table)
      ++numTables;
    else
      ++numInteger;
    return result;
  }

  /// The tensor's name. A transposed input has the name of the input itself in
  /// the float graph; here both exist.
  static Location movementLoc(Operation *op) {
    Value operand = op->getOperand(0);
    if (valueName(op->getResult(0)) == valueName(operand))
      return derivedLoc(operand, op->getName().stripDialect());
    return op->getLoc();
  }

  void convertMovement(OpBuilder &builder, Operation *op) {
    Conversion conversion{builder, movementLoc(op), op, {}, {}, {}};
    if (failed(operandsOf(op, conversion.operands)))
      return;
    Type element = getElementTypeOrSelf(conversion.operands[0].getType());
    for (Value operand : conversion.operands)
      if (getElementTypeOrSelf(operand.getType()) != element)
        return fail(op, "its operands are on different grids: run "
                        "qf-normalize-qdq");
    conversion.grid = dyn_cast<quant::UniformQuantizedType>(element);
    if (!conversion.grid)
      return fail(op, "its operand is not quantized per tensor");
    Value result = convertOp(conversion);
    if (!result)
      return fail(op, conversion.why);
    if (formOf(op).form == Form::Index)
      floats[op->getResult(0)] = result;
    else
      codes[op->getResult(0)] = result;
    ++numInteger;
  }

  /// The float value itself, or its dequantized codes; null if it is neither.
  Value realOf(OpBuilder &builder, Value value) {
    if (Value real = floats.lookup(value))
      return real;
    Value code = codes.lookup(value);
    if (!code || !q::isActivation(code.getType()))
      return {};
    return floats[value] = q::DequantizeOp::create(
               builder, derivedLoc(value, "dequantize"), value.getType(), code);
  }

  void convertIsland(OpBuilder &builder, Operation *op, StringRef reason) {
    IRMapping mapping;
    SmallVector<Value> outside, inside;
    SmallVector<Operation *> constants;
    for (Value operand : op->getOperands()) {
      if (auto constant = operand.getDefiningOp<nn::ConstantOp>()) {
        constants.push_back(constant);
        continue;
      }
      Value real = realOf(builder, operand);
      if (!real)
        return fail(op, "its operand '" + valueName(operand) +
                            "' is neither quantized nor float");
      inside.push_back(operand);
      outside.push_back(real);
    }
    auto island = q::FloatIslandOp::create(
        builder, op->getLoc(), op->getResult(0).getType(), reason, outside);
    Block &body = island.getBody().emplaceBlock();
    for (auto [operand, real] : llvm::zip_equal(inside, outside))
      mapping.map(operand, body.addArgument(real.getType(), real.getLoc()));
    OpBuilder bodyBuilder = OpBuilder::atBlockEnd(&body);
    for (Operation *constant : constants)
      bodyBuilder.clone(*constant, mapping);
    Operation *clone = bodyBuilder.clone(*op, mapping);
    q::YieldOp::create(bodyBuilder, op->getLoc(), clone->getResult(0));
    floats[op->getResult(0)] = island.getOutput();
    ++numIslands;
  }

  void convertReturn(OpBuilder &builder, func::ReturnOp op) {
    for (OpOperand &operand : op->getOpOperands()) {
      if (broken.contains(operand.get()))
        continue;
      if (Value real = realOf(builder, operand.get()))
        operand.set(real);
      else
        misfits.add(op, "result " + Twine(operand.getOperandNumber()) + ", '" +
                            valueName(operand.get()) + "', is not quantized");
    }
  }
};

} // namespace
