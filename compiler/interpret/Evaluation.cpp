// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From op to kernel.

#include "compiler/interpret/Evaluation.h"

#include "compiler/interpret/FloatKernels.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NN.h"

using namespace mlir;

namespace quench::interpret {

std::optional<ElementKind> kindOf(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return std::nullopt;
  Type element = tensor.getElementType();
  if (element.isF32())
    return ElementKind::F32;
  if (element.isInteger(64))
    return ElementKind::I64;
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    return codesKind(quantized);
  return std::nullopt;
}

bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto quantized = dyn_cast_or_null<qf::FakeQuantOp>(op))
    op = quantized.getInput().getDefiningOp<nn::ConstantOp>();
  return isa_and_nonnull<nn::ConstantOp, qf::ConstantOp>(op);
}

GridType constantGrid(Value constant) {
  Operation *op = constant.getDefiningOp();
  if (auto codes = dyn_cast<qf::ConstantOp>(op))
    return cast<GridType>(codes.getQtype());
  if (auto quantized = dyn_cast<qf::FakeQuantOp>(op))
    return cast<GridType>(quantized.getQtype());
  return nullptr;
}

Tensor constantTensor(Value constant, bool carried) {
  if (auto op = constant.getDefiningOp<nn::ConstantOp>()) {
    const std::vector<float> values = nn::elementValues<float>(op.getValue());
    return Tensor::of<float>(shapeOf(constant), values);
  }
  Tensor tensor = carriedConstant(constant, *constantCodes(constant));
  return carried ? tensor : dequantizedConstant(tensor, constantGrid(constant));
}

static SmallVector<GridType> gridsOf(Operation *op, GridOf gridOf) {
  return llvm::map_to_vector(op->getOperands(), gridOf);
}

bool joinsFakeQuant(Operation *op, GridOf gridOf) {
  if (isInIsland(op) || !isa_and_nonnull<nn::NNDialect>(op->getDialect()) ||
      op->getNumResults() != 1 || !op->getResult(0).hasOneUse() ||
      !isa<qf::FakeQuantOp>(*op->getResult(0).user_begin()))
    return false;
  return hasQFloatForm(op, gridsOf(op, gridOf));
}

static FailureOr<Evaluation> evaluationOf(qf::FakeQuantOp op, GridOf gridOf) {
  auto grid = dyn_cast<quant::UniformQuantizedType>(op.getQtype());
  if (!grid || grid.getStorageTypeIntegralWidth() > 16)
    return op.emitOpError("of an activation expects 8-bit or 16-bit codes with "
                          "one scale per tensor, but its type is ")
           << op.getQtype();
  Evaluation result{op, op.getOutput(), grid};
  Operation *producer = op.getInput().getDefiningOp();
  if (producer && joinsFakeQuant(producer, gridOf)) {
    result.op = producer;
    result.takesCarried = true;
    result.makeKernel = [producer, grid,
                         grids = gridsOf(producer, gridOf)](Inputs constants) {
      return makeQFloatKernel({producer, grids, constants, grid});
    };
  } else if (GridType from = gridOf(op.getInput())) {
    result.takesCarried = true;
    result.makeKernel = [from, grid](Inputs) -> FailureOr<Kernel> {
      return makeRequantizeKernel(from, grid);
    };
  } else {
    result.makeKernel = [grid](Inputs) -> FailureOr<Kernel> {
      return makeQuantizeKernel(grid);
    };
  }
  return result;
}

FailureOr<Evaluation> evaluationOf(Operation *op, GridOf gridOf) {
  if (auto fakeQuant = dyn_cast<qf::FakeQuantOp>(op))
    return evaluationOf(fakeQuant, gridOf);
  Evaluation result{op, op->getResult(0), GridType()};
  if (!isInIsland(op))
    result.grid = movedGrid(op, gridsOf(op, gridOf));
  result.takesCarried = bool(result.grid);
  result.makeKernel = [op, grid = result.grid](Inputs constants) {
    return grid ? makeMovedKernel(op, grid) : makeFloatKernel(op, constants);
  };
  return result;
}

} // namespace quench::interpret
