// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Groups of values on one grid.

#include "compiler/quantize/Grids.h"

#include "compiler/quantize/Forms.h"
#include "dialects/qf/QF.h"

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

GridGroups::GridGroups(func::FuncOp function) {
  auto number = [&](Value value) { index.try_emplace(value, index.size()); };
  for (Value argument : function.getArguments())
    number(argument);
  function.walk([&](Operation *op) {
    for (Value result : op->getResults())
      number(result);
  });
  classes.grow(index.size());
  function.walk([&](Operation *op) {
    if (formOf(op).form == Form::SameGrid)
      for (Value operand : op->getOperands())
        classes.join(index.lookup(op->getResult(0)), index.lookup(operand));
  });
  classes.compress();
}

unsigned GridGroups::of(Value value) const {
  auto it = index.find(value);
  assert(it != index.end() && "value of another function");
  return classes[it->second];
}

Type quantize::gridOf(Value value) {
  // Movement of one operand is followed in a loop: chains may be long.
  while (true) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return {};
    if (auto fakeQuant = dyn_cast<qf::FakeQuantOp>(op))
      return fakeQuant.getQtype();
    if (auto constant = dyn_cast<qf::ConstantOp>(op))
      return constant.getQtype();
    if (formOf(op).form != Form::SameGrid)
      return {};
    if (op->getNumOperands() != 1) {
      Type common;
      for (Value operand : op->getOperands()) {
        Type grid = gridOf(operand);
        if (!grid || (common && grid != common))
          return {};
        common = grid;
      }
      return common;
    }
    value = op->getOperand(0);
  }
}
