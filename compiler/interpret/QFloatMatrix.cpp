// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QFloat convolutions and matrix products: oneDNN on integer-valued floats.
//
// Exact while no partial sum can reach 2^24. Where the static bound
//   sum |w| * max |x - zero| + |bias|
// of an output channel does, the filter is cut into pieces along its depth,
// each below the bound; the pieces are summed in double. 16-bit codes reach the
// bound after four weights: they are taken apart first, x = 256 * high + low
// with both digits within 128, and each piece multiplies both.

#include "compiler/interpret/FloatKernels.h"
#include "compiler/interpret/QFloat.h"

#include "dialects/nn/NN.h"
#include "dialects/q/Types.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace quench::interpret {
namespace {

/// A constant filter [channels][depth] as pieces; `bias` counts as a sum of its
/// own unless everything fits one piece.
struct Pieces {
  std::vector<std::pair<int64_t, int64_t>> ranges; // of depth
  bool withBias = false;
};

Pieces cut(llvm::ArrayRef<float> filter, int64_t depth, double largest,
           llvm::ArrayRef<int32_t> bias) {
  const int64_t channels = filter.size() / depth;
  Pieces pieces;
  std::vector<double> bound(channels, 0);
  int64_t begin = 0;
  for (int64_t k = 0; k < depth; ++k) {
    auto reaches = [&](int64_t c) {
      return bound[c] + std::fabs(filter[c * depth + k]) * largest >=
             exactInFloat;
    };
    if (llvm::any_of(llvm::seq<int64_t>(channels), reaches)) {
      pieces.ranges.push_back({begin, k});
      begin = k;
      llvm::fill(bound, 0);
    }
    for (int64_t c = 0; c < channels; ++c)
      bound[c] += std::fabs(filter[c * depth + k]) * largest;
  }
  pieces.ranges.push_back({begin, depth});
  pieces.withBias = pieces.ranges.size() == 1;
  for (auto [c, b] : llvm::enumerate(bias))
    pieces.withBias &= bound[c] + std::fabs(double(b)) < exactInFloat;
  return pieces;
}

/// Beyond this, codes are taken apart into digits.
constexpr double oneDigit = 255, largestDigit = 128;

/// x = 256 * digits.first + digits.second, both within 128 for |x| <= 32768.
std::pair<std::vector<float>, std::vector<float>>
digitsOf(llvm::ArrayRef<float> x) {
  std::vector<float> high(x.size()), low(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    high[i] = std::nearbyint(x[i] / 256);
    low[i] = x[i] - 256 * high[i];
  }
  return {std::move(high), std::move(low)};
}

std::optional<llvm::ArrayRef<float>> clampOf(Operation *op) {
  if (auto conv = dyn_cast<nn::Conv2DOp>(op))
    return conv.getClamp();
  if (auto conv = dyn_cast<nn::ConvTranspose2DOp>(op))
    return conv.getClamp();
  return cast<nn::LinearOp>(op).getClamp();
}

/// The primitive of one piece, with a bias operand or without.
FailureOr<MatrixKernel> primitive(Operation *op, const float *filter,
                                  bool withBias) {
  if (isa<nn::LinearOp>(op)) {
    Product sizes = productSizes(op);
    sizes.hasBias = withBias;
    return orDiagnose(MatrixKernel::create(sizes, filter), op);
  }
  Convolution sizes = convolutionSizes(op);
  sizes.hasBias = withBias;
  return orDiagnose(MatrixKernel::create(sizes, filter), op);
}

} // namespace

FailureOr<Kernel> makeQFloatConvolution(const QFloatOp &op) {
  const llvm::ArrayRef<float> filter = op.constants[1]->data<float>();
  const int64_t channels = shapeOf(op.op->getResult(0)).back();
  const int64_t depth = filter.size() / channels;
  std::vector<int32_t> bias;
  if (op.constants.size() > 2 && op.constants[2])
    bias = *constantCodes(op.op->getOperand(2));
  const double reach = largestCarried(op.operands[0]);
  const bool digits = reach > oneDigit;
  const Pieces pieces = cut(filter, depth, digits ? largestDigit : reach, bias);
  const bool biasInside = pieces.withBias && !bias.empty() && !digits;

  auto primitives = std::make_shared<std::vector<MatrixKernel>>();
  for (auto [begin, end] : pieces.ranges) {
    std::vector<float> piece(filter.size(), 0);
    for (int64_t c = 0; c < channels; ++c)
      std::copy(filter.begin() + c * depth + begin,
                filter.begin() + c * depth + end,
                piece.begin() + c * depth + begin);
    FailureOr<MatrixKernel> made = primitive(op.op, piece.data(), biasInside);
    if (failed(made))
      return failure();
    primitives->push_back(std::move(*made));
  }

  const OutputStage stage(op.result, clampOf(op.op));
  std::vector<float> mul(channels);
  for (int64_t c = 0; c < channels; ++c)
    mul[c] = qrt_multiplier(q::scaleOf(op.operands[0], 0),
                            q::scaleOf(op.operands[1], c), stage.scale);

  if (pieces.ranges.size() == 1 && !digits && (biasInside || bias.empty()))
    return Kernel([=](Inputs inputs, Tensor &out) {
      const float *x = inputs[0]->data<float>().data();
      const float *b = biasInside ? inputs[2]->data<float>().data() : nullptr;
      llvm::MutableArrayRef<float> y = out.data<float>();
      primitives->front().run(x, nullptr, b, y.data());
      for (size_t i = 0; i < y.size(); i += channels)
        for (int64_t c = 0; c < channels; ++c)
          y[i + c] = stage(y[i + c], mul[c]);
    });
  if (bias.empty())
    bias.resize(channels, 0);
  return Kernel([=](Inputs inputs, Tensor &out) {
    const llvm::ArrayRef<float> x = inputs[0]->data<float>();
    llvm::MutableArrayRef<float> y = out.data<float>();
    std::vector<double> acc(y.size());
    for (size_t i = 0; i < y.size(); ++i)
      acc[i] = bias[i % channels];
    auto add = [&](const float *part, double weight) {
      for (const MatrixKernel &piece : *primitives) {
        piece.run(part, nullptr, nullptr, y.data());
        for (size_t i = 0; i < y.size(); ++i)
          acc[i] += weight * y[i];
      }
    };
    if (digits) {
      const auto [high, low] = digitsOf(x);
      add(high.data(), 256);
      add(low.data(), 1);
    } else {
      add(x.data(), 1);
    }
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = stage(float(acc[i]), mul[i % channels]);
  });
}

// Both operands vary, so the bound is k times the largest product.
FailureOr<Kernel> makeQFloatMatMul(const QFloatOp &op) {
  const Product sizes = productSizes(op.op);
  const int64_t k = sizes.a.back(), n = sizes.y.back();
  const OutputStage stage(op.result);
  const float mul = qrt_multiplier(q::scaleOf(op.operands[0], 0),
                                   q::scaleOf(op.operands[1], 0), stage.scale);
  const double largest =
      largestCarried(op.operands[0]) * largestCarried(op.operands[1]);
  if (double(k) * largest < exactInFloat) {
    FailureOr<MatrixKernel> made =
        orDiagnose(MatrixKernel::create(sizes, nullptr), op.op);
    if (failed(made))
      return failure();
    auto primitive = std::make_shared<MatrixKernel>(std::move(*made));
    return Kernel([=](Inputs inputs, Tensor &out) {
      llvm::MutableArrayRef<float> y = out.data<float>();
      primitive->run(inputs[0]->data<float>().data(),
                     inputs[1]->data<float>().data(), nullptr, y.data());
      for (float &value : y)
        value = stage(value, mul);
    });
  }
  // One matrix after the other; strides of 0 broadcast the batch axes.
  const Sizes batch(llvm::ArrayRef(sizes.y).drop_back(2));
  const int64_t m = sizes.a[sizes.a.size() - 2];
  const Sizes a = broadcastStrides(llvm::ArrayRef(sizes.a).drop_back(2), batch);
  const Sizes b = broadcastStrides(llvm::ArrayRef(sizes.b).drop_back(2), batch);
  return Kernel([=](Inputs inputs, Tensor &out) {
    const float *pa = inputs[0]->data<float>().data();
    const float *pb = inputs[1]->data<float>().data();
    float *y = out.data<float>().data();
    std::vector<double> acc(n);
    walkRows(batch, a, b,
             [&](int64_t ai, int64_t bi, int64_t count, int64_t aStep,
                 int64_t bStep) {
               for (int64_t i = 0; i < count; ++i)
                 for (int64_t row = 0; row < m; ++row, y += n) {
                   const float *ra = pa + ((ai + i * aStep) * m + row) * k;
                   const float *rb = pb + (bi + i * bStep) * k * n;
                   llvm::fill(acc, 0);
                   for (int64_t j = 0; j < k; ++j)
                     for (int64_t c = 0; c < n; ++c)
                       acc[c] += double(ra[j]) * rb[j * n + c];
                   for (int64_t c = 0; c < n; ++c)
                     y[c] = stage(float(acc[c]), mul);
                 }
             });
  });
}

} // namespace quench::interpret
