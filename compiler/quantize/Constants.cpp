// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants and names of tensors.

#include "compiler/quantize/Constants.h"

#include "compiler/interpret/Interpreter.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>

using namespace mlir;
using namespace quench;

/// Also behind an observer, which only records.
static nn::ConstantOp constantOf(Value value) {
  if (auto observe = value.getDefiningOp<qf::ObserveOp>())
    value = observe.getInput();
  return value.getDefiningOp<nn::ConstantOp>();
}

bool quantize::isConstant(Value value) { return constantOf(value) != nullptr; }

std::optional<std::vector<float>> quantize::constantValues(Value value) {
  nn::ConstantOp constant = constantOf(value);
  if (!constant)
    return std::nullopt;
  return nn::elementValues<float>(constant.getValue());
}

std::optional<float> quantize::splatValue(Value value) {
  nn::ConstantOp constant = constantOf(value);
  if (!constant || constant.getValue().empty())
    return std::nullopt;
  // A large constant is no splat in practice; do not expand it to find out.
  if (constant.getValue().getNumElements() > 4096)
    return std::nullopt;
  const std::vector<float> values =
      nn::elementValues<float>(constant.getValue());
  if (std::any_of(values.begin(), values.end(),
                  [&](float x) { return x != values.front(); }))
    return std::nullopt;
  return values.front();
}

Value quantize::createConstant(OpBuilder &builder, Location loc,
                               ArrayRef<int64_t> shape,
                               ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  return nn::ConstantOp::create(
      builder, loc, nn::makeElements<float>(type, values, "constant"));
}

std::string quantize::valueName(Value value) {
  if (Operation *op = value.getDefiningOp())
    return interpret::tensorName(op);
  auto argument = cast<BlockArgument>(value);
  if (auto function =
          dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()))
    if (auto name = function.getArgAttrOfType<StringAttr>(
            argument.getArgNumber(), "quench.name"))
      return name.str();
  return "argument " + std::to_string(argument.getArgNumber());
}

Location quantize::derivedLoc(Value value, StringRef suffix) {
  return NameLoc::get(
      StringAttr::get(value.getContext(), valueName(value) + "/" + suffix));
}
