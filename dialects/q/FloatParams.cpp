// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From float ops to kernel parameters.

#include "dialects/q/FloatParams.h"

#include "dialects/q/ParamParts.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;
using namespace quench;
using q::broadcastStrides;
using q::countOf;
using q::shapeOf;
using q::spaceOf;
using q::windowParams;

namespace {

int32_t product(ArrayRef<int64_t> sizes) {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return int32_t(count);
}

/// Fields `min` and `max` of an op with a clamp.
template <typename Params, typename Op>
void setClamp(Params &p, Op op) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  p.min = op.getClamp() ? (*op.getClamp())[0] : -infinity;
  p.max = op.getClamp() ? (*op.getClamp())[1] : infinity;
}

template <typename Op>
qrt_conv2d_f32 convParams(Op op) {
  auto p =
      windowParams<qrt_conv2d_f32>(op, shapeOf(op.getFilter()).slice(1, 2));
  p.in_c = int32_t(shapeOf(op.getInput())[3]);
  p.out_c = int32_t(shapeOf(op.getOutput())[3]);
  p.groups = int32_t(op.getGroups());
  setClamp(p, op);
  return p;
}

template <typename Op>
qrt_binary_f32 binaryParams(Op op) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  qrt_binary_f32 p = {};
  p.space = spaceOf(y);
  broadcastStrides(shapeOf(op.getLhs()), y.size(), 1, p.a_stride);
  broadcastStrides(shapeOf(op.getRhs()), y.size(), 1, p.b_stride);
  setClamp(p, op);
  return p;
}

template <typename Op>
qrt_pool2d poolParams(Op op) {
  auto p = windowParams<qrt_pool2d>(op, op.getKernel());
  p.channels = int32_t(shapeOf(op.getInput())[3]);
  return p;
}

template <typename Op>
qrt_reduce reduceParams(Op op) {
  ArrayRef<int64_t> x = shapeOf(op.getInput());
  const SmallVector<int64_t> strides = q::stridesOf(x);
  qrt_reduce p = {};
  for (size_t axis = 0; axis < x.size(); ++axis) {
    const bool reduced = llvm::is_contained(op.getAxes(), int64_t(axis));
    qrt_space &part = reduced ? p.inner : p.outer;
    int32_t *stride = reduced ? p.inner_stride : p.outer_stride;
    stride[part.rank] = int32_t(strides[axis]);
    part.size[part.rank++] = int32_t(x[axis]);
  }
  return p;
}

qrt_copy copyOf(ArrayRef<int64_t> sizes) {
  qrt_copy p = {};
  p.space = spaceOf(sizes);
  p.element_bytes = sizeof(float);
  return p;
}

} // namespace

std::string q::floatMisfit(Operation *op) {
  // These walk a space of axes; the others count elements or have four axes.
  if (!isa<nn::AddOp, nn::SubOp, nn::MulOp, nn::MatMulOp, nn::ReduceMeanOp,
           nn::ReduceSumOp, nn::ReduceMaxOp, nn::TransposeOp, nn::SliceOp,
           nn::ConcatOp>(op))
    return "";
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Value value : values)
    if (size_t rank = shapeOf(value).size(); rank > size_t(QRT_MAX_RANK))
      return "a tensor has " + std::to_string(rank) +
             " axes, and float kernels take " + std::to_string(QRT_MAX_RANK);
  return "";
}

qrt_conv2d_f32 q::floatParams(nn::Conv2DOp op) { return convParams(op); }
qrt_conv2d_f32 q::floatParams(nn::ConvTranspose2DOp op) {
  return convParams(op);
}

qrt_conv2d_f32 q::floatParams(nn::LinearOp op) {
  qrt_conv2d_f32 p = {};
  p.batch = 1;
  p.in_h = p.out_h = 1;
  p.in_c = int32_t(shapeOf(op.getFilter())[1]);
  p.out_c = int32_t(shapeOf(op.getFilter())[0]);
  p.in_w = p.out_w = countOf(op.getInput()) / p.in_c;
  p.kernel_h = p.kernel_w = 1;
  p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.groups = 1;
  setClamp(p, op);
  return p;
}

qrt_matmul_f32 q::floatParams(nn::MatMulOp op) {
  ArrayRef<int64_t> a = shapeOf(op.getLhs()), b = shapeOf(op.getRhs());
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  qrt_matmul_f32 p = {};
  p.m = int32_t(a[a.size() - 2]);
  p.k = int32_t(a.back());
  p.n = int32_t(b.back());
  p.batch = spaceOf(y.drop_back(2));
  broadcastStrides(a.drop_back(2), y.size() - 2, p.m * p.k, p.a_stride);
  broadcastStrides(b.drop_back(2), y.size() - 2, p.k * p.n, p.b_stride);
  return p;
}

qrt_binary_f32 q::floatParams(nn::AddOp op) { return binaryParams(op); }
qrt_binary_f32 q::floatParams(nn::SubOp op) { return binaryParams(op); }
qrt_binary_f32 q::floatParams(nn::MulOp op) { return binaryParams(op); }

qrt_pool2d q::floatParams(nn::MaxPool2DOp op) { return poolParams(op); }

qrt_pool2d q::floatParams(nn::AvgPool2DOp op) {
  qrt_pool2d p = poolParams(op);
  p.count_include_pad = op.getCountIncludePad();
  p.padded_h = int32_t(p.in_h + op.getPads()[0] + op.getPads()[2]);
  p.padded_w = int32_t(p.in_w + op.getPads()[1] + op.getPads()[3]);
  return p;
}

qrt_reduce q::floatParams(nn::ReduceMeanOp op) { return reduceParams(op); }
qrt_reduce q::floatParams(nn::ReduceSumOp op) { return reduceParams(op); }
qrt_reduce q::floatParams(nn::ReduceMaxOp op) { return reduceParams(op); }

qrt_resize2d q::floatParams(nn::ResizeOp op) {
  ArrayRef<int64_t> x = shapeOf(op.getInput()), y = shapeOf(op.getOutput());
  qrt_resize2d p = {};
  p.batch = int32_t(x[0]);
  p.in_h = int32_t(x[1]);
  p.in_w = int32_t(x[2]);
  p.channels = int32_t(x[3]);
  p.out_h = int32_t(y[1]);
  p.out_w = int32_t(y[2]);
  return p;
}

qrt_rows q::floatParams(nn::SoftmaxOp op) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  const int64_t axis = op.getAxis();
  return {product(shape.take_front(axis)), int32_t(shape[axis]),
          product(shape.drop_front(axis + 1)), 0.0f};
}

qrt_rows q::floatParams(nn::LayerNormOp op) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  return {product(shape.take_front(op.getAxis())),
          product(shape.drop_front(op.getAxis())), 1,
          op.getEpsilon().convertToFloat()};
}

qrt_unary_f32 q::unaryParams(Operation *op) {
  qrt_unary_f32 p = {countOf(op->getOperand(0)), 1, 0.0f, 0.0f};
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](nn::PReluOp op) { p.channels = countOf(op.getSlope()); })
      .Case(
          [&](nn::ReluOp) { p.beta = std::numeric_limits<float>::infinity(); })
      .Case([&](nn::ClipOp op) {
        p.alpha = op.getMin().convertToFloat();
        p.beta = op.getMax().convertToFloat();
      })
      .Case(
          [&](nn::LeakyReluOp op) { p.alpha = op.getAlpha().convertToFloat(); })
      .Case([&](nn::HardSigmoidOp op) {
        p.alpha = op.getAlpha().convertToFloat();
        p.beta = op.getBeta().convertToFloat();
      });
  return p;
}

qrt_copy q::floatParams(nn::SliceOp op) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  const SmallVector<int64_t> xs = q::stridesOf(shapeOf(op.getInput()));
  const SmallVector<int64_t> ys = q::stridesOf(y);
  qrt_copy p = copyOf(y);
  for (size_t axis = 0; axis < y.size(); ++axis) {
    p.x_stride[axis] = int32_t(xs[axis] * op.getSteps()[axis]);
    p.y_stride[axis] = int32_t(ys[axis]);
    p.x_offset += int32_t(xs[axis] * op.getStarts()[axis]);
  }
  return p;
}

qrt_copy q::floatParams(nn::TransposeOp op) {
  ArrayRef<int64_t> y = shapeOf(op.getOutput());
  const SmallVector<int64_t> xs = q::stridesOf(shapeOf(op.getInput()));
  const SmallVector<int64_t> ys = q::stridesOf(y);
  qrt_copy p = copyOf(y);
  for (size_t axis = 0; axis < y.size(); ++axis) {
    p.x_stride[axis] = int32_t(xs[op.getPerm()[axis]]);
    p.y_stride[axis] = int32_t(ys[axis]);
  }
  return p;
}

qrt_copy q::floatConcatPart(nn::ConcatOp op, unsigned index) {
  ArrayRef<int64_t> x = shapeOf(op.getInputs()[index]);
  const SmallVector<int64_t> xs = q::stridesOf(x);
  const SmallVector<int64_t> ys = q::stridesOf(shapeOf(op.getOutput()));
  int64_t before = 0;
  for (Value input : op.getInputs().take_front(index))
    before += shapeOf(input)[op.getAxis()];
  qrt_copy p = copyOf(x);
  for (size_t axis = 0; axis < x.size(); ++axis) {
    p.x_stride[axis] = int32_t(xs[axis]);
    p.y_stride[axis] = int32_t(ys[axis]);
  }
  p.y_offset = int32_t(before * ys[op.getAxis()]);
  return p;
}
