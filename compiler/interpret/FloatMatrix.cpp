// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Float convolutions and matrix products: oneDNN, then the clamp.

#include "compiler/interpret/FloatKernels.h"

#include "dialects/nn/NN.h"

#include <algorithm>

using namespace mlir;

namespace quench::interpret {
namespace {

using Clamp = std::optional<llvm::ArrayRef<float>>;

void applyClamp(Clamp clamp, Tensor &tensor) {
  if (!clamp)
    return;
  for (float &y : tensor.data<float>())
    y = std::min(std::max(y, (*clamp)[0]), (*clamp)[1]);
}

const float *dataOrNull(Inputs inputs, size_t index) {
  return inputs.size() > index && inputs[index]
             ? inputs[index]->data<float>().data()
             : nullptr;
}

/// Both take (x, filter[, bias]).
Kernel kernelOf(MatrixKernel matrix, Clamp clamp) {
  auto shared = std::make_shared<MatrixKernel>(std::move(matrix));
  return [shared, clamp](Inputs inputs, Tensor &out) {
    shared->run(dataOrNull(inputs, 0), dataOrNull(inputs, 1),
                dataOrNull(inputs, 2), out.data<float>().data());
    applyClamp(clamp, out);
  };
}

template <class Op>
Convolution sizesOf(Op op) {
  Convolution sizes;
  SizesRef x = shapeOf(op.getInput()), w = shapeOf(op.getFilter());
  SizesRef y = shapeOf(op.getOutput());
  sizes.batch = x[0];
  sizes.inC = x[3];
  sizes.outC = y[3];
  sizes.groups = op.getGroups();
  for (int axis : {0, 1}) {
    sizes.in[axis] = x[1 + axis];
    sizes.out[axis] = y[1 + axis];
    sizes.kernel[axis] = w[1 + axis];
    sizes.strides[axis] = op.getStrides()[axis];
    sizes.dilations[axis] = op.getDilations()[axis];
  }
  llvm::copy(op.getPads(), sizes.pads);
  sizes.hasBias = bool(op.getBias());
  return sizes;
}

} // namespace

FailureOr<MatrixKernel> orDiagnose(llvm::Expected<MatrixKernel> kernel,
                                   Operation *op) {
  if (kernel)
    return std::move(*kernel);
  return op->emitOpError() << llvm::toString(kernel.takeError());
}

Convolution convolutionSizes(Operation *op) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return sizesOf(conv);
  Convolution sizes = sizesOf(cast<nn::ConvTranspose2DOp>(op));
  sizes.transposed = true;
  return sizes;
}

Product productSizes(Operation *op) {
  Product sizes;
  SizesRef a = shapeOf(op->getOperand(0)), b = shapeOf(op->getOperand(1));
  SizesRef y = shapeOf(op->getResult(0));
  if (auto linear = dyn_cast<nn::LinearOp>(op)) {
    const int64_t k = b[1], n = b[0];
    const int64_t m = numElements(a.drop_back());
    sizes.a = {m, k};
    sizes.b = {k, n};
    sizes.bStrides = {1, k};
    sizes.y = {m, n};
    sizes.hasBias = bool(linear.getBias());
    return sizes;
  }
  auto padded = [&](SizesRef shape) {
    Sizes result(y.size() - shape.size(), 1);
    result.append(shape.begin(), shape.end());
    return result;
  };
  sizes.a = padded(a);
  sizes.b = padded(b);
  sizes.bStrides = denseStrides(sizes.b);
  sizes.y = Sizes(y);
  return sizes;
}

FailureOr<Kernel> makeConvolution(Operation *op, Inputs constants) {
  FailureOr<MatrixKernel> matrix = orDiagnose(
      MatrixKernel::create(convolutionSizes(op), dataOrNull(constants, 1)), op);
  if (failed(matrix))
    return failure();
  Clamp clamp = isa<nn::Conv2DOp>(op)
                    ? cast<nn::Conv2DOp>(op).getClamp()
                    : cast<nn::ConvTranspose2DOp>(op).getClamp();
  return kernelOf(std::move(*matrix), clamp);
}

FailureOr<Kernel> makeProduct(Operation *op, Inputs constants) {
  FailureOr<MatrixKernel> matrix = orDiagnose(
      MatrixKernel::create(productSizes(op), dataOrNull(constants, 1)), op);
  if (failed(matrix))
    return failure();
  Clamp clamp;
  if (auto linear = dyn_cast<nn::LinearOp>(op))
    clamp = linear.getClamp();
  return kernelOf(std::move(*matrix), clamp);
}

} // namespace quench::interpret
