// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Result types of the `nn` ops: each op reads its sizes and asks Shapes.h.

#include "dialects/nn/NN.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace quench::nn;

namespace {

ShapeRef shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Turns an inferred shape into the one result type, or the sentence into an
/// error at the op's location.
LogicalResult inferOne(std::optional<Location> loc, Type element,
                       SmallVectorImpl<Type> &types,
                       function_ref<FailureOr<Shape>(ShapeError)> infer) {
  FailureOr<Shape> shape = infer([&](const Twine &sentence) {
    if (loc)
      emitError(*loc) << sentence;
  });
  if (failed(shape))
    return failure();
  types.push_back(RankedTensorType::get(*shape, element));
  return success();
}

} // namespace

/// Defines inferReturnTypes of OP: `op` is the adaptor, `error` takes the
/// sentence, EXPRESSION gives the shape. The element type is that of operand 0.
#define INFER(OP, EXPRESSION)                                                  \
  LogicalResult OP::inferReturnTypes(                                          \
      MLIRContext *context, std::optional<Location> loc, ValueRange operands,  \
      DictionaryAttr attributes, OpaqueProperties properties,                  \
      RegionRange regions, SmallVectorImpl<Type> &types) {                     \
    if (operands.empty())                                                      \
      return emitOptionalError(loc, "expects at least one operand");           \
    OP::Adaptor op(operands, attributes, properties, regions);                 \
    Type element = OP::inferElement(operands.front().getType());               \
    return inferOne(loc, element, types,                                       \
                    [&](ShapeError error) { return EXPRESSION; });             \
  }

INFER(Conv2DOp, inferConv2D(shapeOf(op.getInput()), shapeOf(op.getFilter()),
                            op.getStrides(), op.getPads(), op.getDilations(),
                            op.getGroups(), error))
INFER(ConvTranspose2DOp,
      inferConvTranspose2D(shapeOf(op.getInput()), shapeOf(op.getFilter()),
                           op.getStrides(), op.getPads(), op.getDilations(),
                           op.getOutputPads(), op.getGroups(), error))
INFER(LinearOp,
      inferLinear(shapeOf(op.getInput()), shapeOf(op.getFilter()), error))
INFER(MatMulOp, inferMatMul(shapeOf(op.getLhs()), shapeOf(op.getRhs()), error))
INFER(AddOp, inferBroadcast(shapeOf(op.getLhs()), shapeOf(op.getRhs()), error))
INFER(SubOp, inferBroadcast(shapeOf(op.getLhs()), shapeOf(op.getRhs()), error))
INFER(MulOp, inferBroadcast(shapeOf(op.getLhs()), shapeOf(op.getRhs()), error))
INFER(PReluOp, FailureOr<Shape>(Shape(shapeOf(op.getInput()))))
INFER(MaxPool2DOp, inferPool2D(shapeOf(op.getInput()),
                               {op.getKernel(), op.getStrides(), op.getPads(),
                                op.getDilations()},
                               op.getCeilMode(), error))
INFER(AvgPool2DOp, inferPool2D(shapeOf(op.getInput()),
                               {op.getKernel(), op.getStrides(), op.getPads(),
                                op.getDilations()},
                               op.getCeilMode(), error))
INFER(ReduceMeanOp, inferReduce(shapeOf(op.getInput()), op.getAxes(),
                                op.getKeepdims(), error))
INFER(ReduceMaxOp, inferReduce(shapeOf(op.getInput()), op.getAxes(),
                               op.getKeepdims(), error))
INFER(ReduceSumOp, inferReduce(shapeOf(op.getInput()), op.getAxes(),
                               op.getKeepdims(), error))
INFER(ArgMaxOp, inferReduce(shapeOf(op.getInput()), {int64_t(op.getAxis())},
                            op.getKeepdims(), error))
INFER(ConcatOp, inferConcat(llvm::map_to_vector(op.getInputs(), shapeOf),
                            op.getAxis(), error))
INFER(SliceOp, inferSlice(shapeOf(op.getInput()), op.getStarts(), op.getSizes(),
                          op.getSteps(), error))
INFER(PadOp, inferPad(shapeOf(op.getInput()), op.getLow(), op.getHigh(),
                      op.getMode(), error))
INFER(TransposeOp, inferTranspose(shapeOf(op.getInput()), op.getPerm(), error))
INFER(BatchNormOp, FailureOr<Shape>(Shape(shapeOf(op.getInput()))))
INFER(LayerNormOp, FailureOr<Shape>(Shape(shapeOf(op.getInput()))))
