// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float islands: their nn ops are calls on f32 slots like any others. One row
// an op says which kernel and which parameters.

#include "compiler/place/Lowering.h"

#include "dialects/q/FloatParams.h"
#include "dialects/q/Params.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace quench::place {

namespace {

using kernels::Op;

int64_t elementsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// A kernel whose pointers are the operands of the op, then its result.
struct FloatCall {
  Op kernel;
  kernels::Params params;
  /// Pointers before the result; operands that the op has not are absent.
  unsigned pointers = 1;
  bool inPlace = false;
  int64_t macs = 0;
};

template <typename NNOp, Op kernel>
FloatCall plain(Operation *op) {
  return {kernel, q::floatParams(cast<NNOp>(op))};
}

template <typename NNOp, Op kernel>
FloatCall binary(Operation *op) {
  return {kernel, q::floatParams(cast<NNOp>(op)), 2, /*inPlace=*/true};
}

template <Op kernel>
FloatCall unary(Operation *op) {
  return {kernel, q::unaryParams(op), 1, /*inPlace=*/true};
}

/// Convolutions and linear; every element of `counted` meets one filter.
template <typename NNOp, Op kernel>
FloatCall filtered(Operation *op) {
  const qrt_conv2d_f32 p = q::floatParams(cast<NNOp>(op));
  const bool scatters = kernel == Op::ConvTranspose2DF32;
  const int64_t depth = (scatters ? p.out_c : p.in_c) / p.groups;
  return {kernel, p, 3, false,
          elementsOf(scatters ? op->getOperand(0) : op->getResult(0)) *
              p.kernel_h * p.kernel_w * depth};
}

FloatCall matmul(Operation *op) {
  const qrt_matmul_f32 p = q::floatParams(cast<nn::MatMulOp>(op));
  return {Op::MatMulF32, p, 2, false, elementsOf(op->getResult(0)) * p.k};
}

FloatCall layerNorm(Operation *op) {
  return {Op::LayerNormF32, q::floatParams(cast<nn::LayerNormOp>(op)), 3};
}

FloatCall prelu(Operation *op) { return {Op::PReluF32, q::unaryParams(op), 2}; }

FloatCall gelu(Operation *op) {
  return cast<nn::GeluOp>(op).getApproximate() ? unary<Op::GeluTanhF32>(op)
                                               : unary<Op::GeluF32>(op);
}

struct Row {
  StringRef op;
  FloatCall (*describe)(Operation *);
};

const Row rows[] = {
    {"nn.conv2d", filtered<nn::Conv2DOp, Op::Conv2DF32>},
    {"nn.conv_transpose2d",
     filtered<nn::ConvTranspose2DOp, Op::ConvTranspose2DF32>},
    {"nn.linear", filtered<nn::LinearOp, Op::Conv2DF32>},
    {"nn.matmul", matmul},
    {"nn.add", binary<nn::AddOp, Op::AddF32>},
    {"nn.sub", binary<nn::SubOp, Op::SubF32>},
    {"nn.mul", binary<nn::MulOp, Op::MulF32>},
    {"nn.avg_pool2d", plain<nn::AvgPool2DOp, Op::AvgPool2DF32>},
    {"nn.max_pool2d", plain<nn::MaxPool2DOp, Op::MaxPool2DF32>},
    {"nn.reduce_mean", plain<nn::ReduceMeanOp, Op::ReduceMeanF32>},
    {"nn.reduce_sum", plain<nn::ReduceSumOp, Op::ReduceSumF32>},
    {"nn.reduce_max", plain<nn::ReduceMaxOp, Op::ReduceMaxF32>},
    {"nn.softmax", plain<nn::SoftmaxOp, Op::SoftmaxF32>},
    {"nn.layer_norm", layerNorm},
    {"nn.prelu", prelu},
    {"nn.relu", unary<Op::ClipF32>},
    {"nn.clip", unary<Op::ClipF32>},
    {"nn.leaky_relu", unary<Op::LeakyReluF32>},
    {"nn.sigmoid", unary<Op::SigmoidF32>},
    {"nn.tanh", unary<Op::TanhF32>},
    {"nn.hard_sigmoid", unary<Op::HardSigmoidF32>},
    {"nn.hard_swish", unary<Op::HardSwishF32>},
    {"nn.silu", unary<Op::SiluF32>},
    {"nn.gelu", gelu},
    {"nn.erf", unary<Op::ErfF32>},
    {"nn.exp", unary<Op::ExpF32>},
    {"nn.sqrt", unary<Op::SqrtF32>},
    {"nn.abs", unary<Op::AbsF32>},
};

} // namespace

void Lowering::lowerFloatCall(Operation *op, Op kernel, kernels::Params params,
                              unsigned pointers, bool inPlace, int64_t macs) {
  std::vector<Operand> operands;
  for (unsigned i = 0; i < pointers; ++i)
    operands.push_back(i < op->getNumOperands()
                           ? Operand::read(tensorOf(op->getOperand(i)))
                           : Operand::absent());
  operands.push_back(Operand::write(define(op->getResult(0))));
  Call &call = addCall(op, kernel, std::move(params));
  call.operands = std::move(operands);
  call.macs = macs;
  if (inPlace) // of the operands that are not broadcast
    for (Value operand : op->getOperands())
      if (elementsOf(operand) == elementsOf(op->getResult(0)))
        call.mayOverwrite.push_back(tensorOf(operand));
}

void Lowering::lowerFloatResize(nn::ResizeOp op) {
  const q::ResizeTables tables = q::resizeTables(
      op.getMode(), op.getCoordinates(), op.getRounding(), op.getScales(),
      op.getInput().getType().getShape(), op.getOutput().getType().getShape());
  const bool nearest = op.getMode() == "nearest";
  std::vector<Operand> indices;
  auto add = [&](StringRef what, const auto &values) {
    indices.push_back(Operand::read(
        addConstant(op, what, {int64_t(values.size())}, ArrayRef(values))));
  };
  add("rows", tables.row);
  if (!nearest)
    add("row_shares", tables.rowShare);
  add("columns", tables.col);
  if (!nearest)
    add("column_shares", tables.colShare);
  Call &call =
      addUnary(op, nearest ? Op::ResizeNearestF32 : Op::ResizeBilinearF32,
               q::floatParams(op));
  call.operands.insert(call.operands.begin(), indices.begin(), indices.end());
}

LogicalResult Lowering::lowerFloatOp(Operation *op) {
  if (std::string why = q::floatMisfit(op); !why.empty())
    return op->emitOpError("cannot be in a float island: ") << why;
  for (const Row &row : rows)
    if (row.op == op->getName().getStringRef()) {
      FloatCall call = row.describe(op);
      lowerFloatCall(op, call.kernel, std::move(call.params), call.pointers,
                     call.inPlace, call.macs);
      return success();
    }
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](nn::ConstantOp op) {
        Tensor tensor = describe(op->getResult(0));
        tensor.kind = Tensor::Kind::Constant;
        tensor.value = op.getValue();
        ids[op->getResult(0)] = addTensor(std::move(tensor));
        return success();
      })
      .Case([&](nn::ResizeOp op) { return lowerFloatResize(op), success(); })
      .Case([&](nn::ReshapeOp op) {
        return addView(op.getOutput(), op.getInput(), 0), success();
      })
      .Case([&](nn::TransposeOp op) {
        return lowerTranspose(op, op.getPerm(), q::floatParams(op)), success();
      })
      .Case([&](nn::SliceOp op) {
        return lowerSlice(op, q::floatParams(op)), success();
      })
      .Case([&](nn::ConcatOp op) {
        return lowerConcat(
                   op, [&](unsigned i) { return q::floatConcatPart(op, i); }),
               success();
      })
      .Case([&](q::YieldOp) { return success(); })
      .Default([](Operation *op) {
        return op->emitError("'") << op->getName()
                                  << "' has no float kernel, so no float "
                                     "island may hold it";
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
