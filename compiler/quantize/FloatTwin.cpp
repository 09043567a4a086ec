// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fake quantizers go, codes become numbers.

#include "compiler/quantize/FloatTwin.h"

#include "compiler/interpret/QFloat.h"
#include "compiler/quantize/Constants.h"
#include "dialects/qf/QF.h"

using namespace mlir;
using namespace quench;

OwningOpRef<ModuleOp> quantize::makeFloatTwin(ModuleOp module) {
  OwningOpRef<ModuleOp> twin = cast<ModuleOp>(module->clone());
  SmallVector<Operation *> ops;
  twin->walk([&](Operation *op) {
    if (isa<qf::FakeQuantOp, qf::ConstantOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    Value result = op->getResult(0);
    Value value;
    if (auto codes = interpret::constantCodes(result)) {
      auto type = cast<interpret::GridType>(
          isa<qf::ConstantOp>(op) ? cast<qf::ConstantOp>(op).getQtype()
                                  : cast<qf::FakeQuantOp>(op).getQtype());
      const interpret::Tensor tensor = interpret::dequantizedConstant(
          interpret::carriedConstant(result, *codes), type);
      OpBuilder builder(op);
      value = createConstant(builder, op->getLoc(), tensor.shape,
                             tensor.data<float>());
    } else {
      value = op->getOperand(0);
    }
    result.replaceAllUsesWith(value);
    op->erase();
  }
  return twin;
}
