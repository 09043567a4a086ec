// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softmax and layer_norm: the runtime's own kernels on every level, because a
// float island must give the bits of the emitted program.

#include "compiler/interpret/FloatKernels.h"

#include "dialects/nn/NN.h"
#include "qrt/kernels.h"

using namespace mlir;

namespace quench::interpret {

FailureOr<Kernel> makeSoftmax(Operation *op, Inputs) {
  auto softmax = cast<nn::SoftmaxOp>(op);
  const SizesRef shape = shapeOf(softmax.getInput());
  const int64_t axis = softmax.getAxis();
  qrt_rows rows = {};
  rows.outer = int32_t(numElements(shape.take_front(axis)));
  rows.length = int32_t(shape[axis]);
  rows.inner = int32_t(numElements(shape.drop_front(axis + 1)));
  return Kernel([rows](Inputs inputs, Tensor &out) {
    qrt_ref_softmax_f32(&rows, inputs[0]->data<float>().data(),
                        out.data<float>().data());
  });
}

FailureOr<Kernel> makeLayerNorm(Operation *op, Inputs) {
  auto norm = cast<nn::LayerNormOp>(op);
  const SizesRef shape = shapeOf(norm.getInput());
  qrt_rows rows = {};
  rows.outer = int32_t(numElements(shape.take_front(norm.getAxis())));
  rows.length = int32_t(numElements(shape.drop_front(norm.getAxis())));
  rows.inner = 1;
  rows.epsilon = norm.getEpsilon().convertToFloat();
  return Kernel([rows](Inputs inputs, Tensor &out) {
    const Tensor *bias = inputs.size() > 2 ? inputs[2] : nullptr;
    qrt_ref_layer_norm_f32(
        &rows, inputs[0]->data<float>().data(), inputs[1]->data<float>().data(),
        bias ? bias->data<float>().data() : nullptr, out.data<float>().data());
  });
}

} // namespace quench::interpret
