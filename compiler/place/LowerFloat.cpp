// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float islands: their nn ops are calls on f32 slots like any others.

#include "compiler/place/Lowering.h"

#include "dialects/q/Params.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace quench::place {

namespace {

/// Rows along the axes [begin, end) of a shape.
qrt_rows rowsOf(ArrayRef<int64_t> shape, size_t begin, size_t end) {
  qrt_rows rows = {1, 1, 1, 0.0f};
  for (auto [axis, size] : llvm::enumerate(shape)) {
    int32_t &count = axis < begin ? rows.outer
                     : axis < end ? rows.length
                                  : rows.inner;
    count *= static_cast<int32_t>(size);
  }
  return rows;
}

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

} // namespace

LogicalResult Lowering::lowerFloatOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::SoftmaxOp op) {
        const auto axis = static_cast<size_t>(op.getAxis());
        addUnary(op, kernels::Op::SoftmaxF32,
                 rowsOf(shapeOf(op.getInput()), axis, axis + 1));
        return success();
      })
      .Case([&](nn::LayerNormOp op) {
        ArrayRef<int64_t> shape = shapeOf(op.getInput());
        qrt_rows rows =
            rowsOf(shape, static_cast<size_t>(op.getAxis()), shape.size());
        rows.epsilon = op.getEpsilon().convertToFloat();
        Call &call = addUnary(op, kernels::Op::LayerNormF32, rows);
        call.operands.insert(call.operands.begin() + 1,
                             {Operand::read(tensorOf(op.getScale())),
                              op.getBias()
                                  ? Operand::read(tensorOf(op.getBias()))
                                  : Operand::absent()});
        return success();
      })
      .Case([&](nn::ConstantOp op) {
        Tensor tensor = describe(op->getResult(0));
        tensor.kind = Tensor::Kind::Constant;
        tensor.value = op.getValue();
        ids[op->getResult(0)] = addTensor(std::move(tensor));
        return success();
      })
      .Case([&](nn::ReshapeOp op) {
        addView(op.getOutput(), op.getInput(), 0);
        return success();
      })
      .Case([&](nn::TransposeOp op) {
        SmallVector<int64_t> strides = q::stridesOf(shapeOf(op.getInput()));
        SmallVector<int64_t> dense = q::stridesOf(shapeOf(op.getOutput()));
        qrt_copy copy = {};
        copy.element_bytes = sizeof(float);
        copy.space.rank = static_cast<int32_t>(strides.size());
        for (auto [axis, from] : llvm::enumerate(op.getPerm())) {
          copy.space.size[axis] =
              static_cast<int32_t>(shapeOf(op.getOutput())[axis]);
          copy.x_stride[axis] = static_cast<int32_t>(strides[from]);
          copy.y_stride[axis] = static_cast<int32_t>(dense[axis]);
        }
        lowerTranspose(op, op.getPerm(), copy);
        return success();
      })
      .Case([&](q::YieldOp) { return success(); })
      .Default([](Operation *op) {
        return op->emitError("'")
               << op->getName()
               << "' has no float kernel; a float island may hold nn.softmax, "
                  "nn.layer_norm, nn.reshape, nn.transpose and nn.constant";
      });
}

LogicalResult Lowering::lowerIsland(q::FloatIslandOp op) {
  mlir::Block &body = op.getBody().front();
  for (auto [argument, input] :
       llvm::zip_equal(body.getArguments(), op.getInputs()))
    ids[argument] = tensorOf(input);
  for (Operation &inner : body)
    if (failed(lowerFloatOp(&inner)))
      return failure();
  auto yield = cast<q::YieldOp>(body.getTerminator());
  ids[op.getOutput()] = tensorOf(yield.getValue());
  return success();
}

} // namespace quench::place
