// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float elementwise ops: binary with broadcasting, unary, prelu, batch norm.

#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/Unary.h"

#include "dialects/nn/NN.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;

namespace quench::interpret {
namespace {

template <class Op, class Function>
Kernel binary(Op op, Function function) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const SizesRef shape = shapeOf(op.getOutput());
  const Sizes a = broadcastStrides(shapeOf(op.getLhs()), shape);
  const Sizes b = broadcastStrides(shapeOf(op.getRhs()), shape);
  const float low = op.getClamp() ? (*op.getClamp())[0] : -infinity;
  const float high = op.getClamp() ? (*op.getClamp())[1] : infinity;
  return [=](Inputs inputs, Tensor &out) {
    const float *pa = inputs[0]->data<float>().data();
    const float *pb = inputs[1]->data<float>().data();
    float *y = out.data<float>().data();
    walkRows(shape, a, b,
             [&](int64_t ai, int64_t bi, int64_t length, int64_t aStep,
                 int64_t bStep) {
               const float *ra = pa + ai, *rb = pb + bi;
               for (int64_t i = 0; i < length; ++i)
                 *y++ = std::min(
                     std::max(function(ra[i * aStep], rb[i * bStep]), low),
                     high);
             });
  };
}

template <class Function>
Kernel elementwise(Function function) {
  return [=](Inputs inputs, Tensor &out) {
    llvm::transform(inputs[0]->data<float>(), out.data<float>().begin(),
                    function);
  };
}

} // namespace

FailureOr<Kernel> makeBinary(Operation *op, Inputs) {
  if (auto add = dyn_cast<nn::AddOp>(op))
    return binary(add, [](float a, float b) { return a + b; });
  if (auto sub = dyn_cast<nn::SubOp>(op))
    return binary(sub, [](float a, float b) { return a - b; });
  return binary(cast<nn::MulOp>(op), [](float a, float b) { return a * b; });
}

// Piecewise linear functions are exact in float and common; the rest goes
// through double.
FailureOr<Kernel> makeUnary(Operation *op, Inputs) {
  if (isa<nn::ReluOp>(op))
    return elementwise([](float x) { return std::max(x, 0.0f); });
  if (auto clip = dyn_cast<nn::ClipOp>(op)) {
    const float low = clip.getMin().convertToFloat();
    const float high = clip.getMax().convertToFloat();
    return elementwise(
        [=](float x) { return std::min(std::max(x, low), high); });
  }
  if (isa<nn::AbsOp>(op))
    return elementwise([](float x) { return std::fabs(x); });
  return elementwise(
      [function = unaryFunction(op)](float x) { return float(function(x)); });
}

FailureOr<Kernel> makePRelu(Operation *op, Inputs) {
  return Kernel([](Inputs inputs, Tensor &out) {
    const llvm::ArrayRef<float> slope = inputs[1]->data<float>();
    const size_t channels = out.shape.empty() ? 1 : out.shape.back();
    float *y = out.data<float>().data();
    for (auto [i, x] : llvm::enumerate(inputs[0]->data<float>())) {
      const float s = slope.size() == 1 ? slope[0] : slope[i % channels];
      *y++ = x < 0 ? s * x : x;
    }
  });
}

FailureOr<Kernel> makeBatchNorm(Operation *op, Inputs) {
  const double epsilon =
      cast<nn::BatchNormOp>(op).getEpsilon().convertToFloat();
  return Kernel([=](Inputs inputs, Tensor &out) {
    const size_t channels = inputs[1]->bytes.size() / sizeof(float);
    auto operand = [&](size_t i) { return inputs[i]->data<float>(); };
    std::vector<double> factor(channels), offset(channels);
    for (size_t c = 0; c < channels; ++c) {
      factor[c] = operand(1)[c] / std::sqrt(operand(4)[c] + epsilon);
      offset[c] = operand(2)[c] - operand(3)[c] * factor[c];
    }
    float *y = out.data<float>().data();
    for (auto [i, x] : llvm::enumerate(operand(0)))
      y[i] = float(x * factor[i % channels] + offset[i % channels]);
  });
}

} // namespace quench::interpret
