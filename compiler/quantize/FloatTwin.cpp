// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fake quantizers go, codes become numbers; or a given float model is sorted.

#include "compiler/quantize/FloatTwin.h"

#include "compiler/interpret/QFloat.h"
#include "compiler/quantize/Constants.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"
#include "dialects/qf/QF.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <algorithm>

using namespace mlir;
using namespace quench;

static constexpr llvm::StringLiteral clampAttr = "clamp";

/// Narrows the clamp of the op in front of a fake_quant to the grid's ends.
static void clampTo(qf::FakeQuantOp fakeQuant) {
  Operation *op = fakeQuant.getInput().getDefiningOp();
  if (!isa_and_nonnull<nn::Conv2DOp, nn::ConvTranspose2DOp, nn::LinearOp,
                       nn::AddOp, nn::SubOp, nn::MulOp>(op) ||
      !op->getResult(0).hasOneUse())
    return;
  const q::ActParams p = q::actParams(fakeQuant.getQtype());
  float low = float(p.min - p.zero) * p.scale;
  float high = float(p.max - p.zero) * p.scale;
  if (auto old = op->getAttrOfType<DenseF32ArrayAttr>(clampAttr)) {
    low = std::max(low, old[0]);
    high = std::min(high, old[1]);
  }
  // An end of the old clamp may lie outside the grid.
  op->setAttr(clampAttr, DenseF32ArrayAttr::get(op->getContext(),
                                                {std::min(low, high), high}));
}

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
      clampTo(cast<qf::FakeQuantOp>(op));
      value = op->getOperand(0);
    }
    result.replaceAllUsesWith(value);
    op->erase();
  }
  return twin;
}

void quantize::alignTwin(func::FuncOp floatFunction,
                         func::FuncOp qfloatFunction) {
  llvm::DenseMap<Operation *, Operation *> twins; // of QFloat's ops
  auto assign = [&](Value exact, Value quantized) {
    while (auto fakeQuant = quantized.getDefiningOp<qf::FakeQuantOp>())
      quantized = fakeQuant.getInput();
    Operation *a = exact.getDefiningOp(), *b = quantized.getDefiningOp();
    if (a && b && a->getName() == b->getName() && !isa<nn::ConstantOp>(a))
      twins.try_emplace(b, a);
  };
  Block &quantized = qfloatFunction.front();
  Operation *end = floatFunction.front().getTerminator();
  for (auto [a, b] :
       llvm::zip(end->getOperands(), quantized.getTerminator()->getOperands()))
    assign(a, b);
  // Users come before producers this way.
  for (Operation &op : llvm::reverse(quantized))
    if (Operation *twin = twins.lookup(&op))
      for (auto [a, b] : llvm::zip(twin->getOperands(), op.getOperands()))
        assign(a, b);
  // Two of QFloat's ops may have been led to one: then these are no twins.
  llvm::SmallPtrSet<Operation *, 32> placed;
  for (Operation &op : quantized)
    if (Operation *twin = twins.lookup(&op);
        twin && !placed.insert(twin).second)
      return;
  for (Operation &op : quantized)
    if (Operation *twin = twins.lookup(&op))
      twin->moveBefore(end);
}
