// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds of accumulators.

#include "compiler/quantize/Bounds.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/Q.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

Bound quantize::filterBound(ArrayRef<int8_t> filter, int64_t channels,
                            int32_t filterZero, ArrayRef<int32_t> bias,
                            int64_t reach) {
  assert(channels > 0 && filter.size() % channels == 0 && "whole channels");
  const int64_t taps = filter.size() / channels;
  Bound bound;
  for (int64_t channel = 0; channel < channels; ++channel) {
    int64_t sum = 0;
    for (int8_t weight : filter.slice(channel * taps, taps))
      sum += std::abs(int32_t(weight) - filterZero);
    int64_t value = sum * reach;
    if (!bias.empty())
      value += std::abs(int64_t(bias[channel]));
    if (value > bound.value)
      bound = {value, channel};
  }
  return bound;
}

int64_t quantize::reachOf(Type type) { return q::reachOf(q::actParams(type)); }

static int64_t elements(Value value, ArrayRef<int64_t> axes) {
  auto shape = cast<RankedTensorType>(value.getType()).getShape();
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= shape[axis];
  return count;
}

template <typename Op>
static std::optional<Bound> weighted(Op op) {
  auto filter = op.getFilter().template getDefiningOp<q::ConstantOp>();
  if (!filter)
    return std::nullopt;
  std::vector<int32_t> bias;
  if (op.getBias()) {
    auto constant = op.getBias().template getDefiningOp<q::ConstantOp>();
    if (!constant)
      return std::nullopt;
    bias = nn::elementValues<int32_t>(constant.getCodes());
  }
  return filterBound(nn::elementValues<int8_t>(filter.getCodes()),
                     cast<RankedTensorType>(filter.getType()).getDimSize(0),
                     q::zeroOf(filter.getType()), bias,
                     reachOf(op.getInput().getType()));
}

std::optional<Bound> quantize::accumulatorBound(Operation *op) {
  if (auto conv = dyn_cast<q::Conv2DOp>(op))
    return weighted(conv);
  if (auto conv = dyn_cast<q::ConvTranspose2DOp>(op))
    return weighted(conv);
  if (auto linear = dyn_cast<q::LinearOp>(op))
    return weighted(linear);
  if (auto matmul = dyn_cast<q::MatMulOp>(op)) {
    auto type = cast<RankedTensorType>(matmul.getLhs().getType());
    return Bound{type.getShape().back() * reachOf(type) *
                     reachOf(matmul.getRhs().getType()),
                 0};
  }
  if (auto pool = dyn_cast<q::AvgPool2DOp>(op))
    return Bound{pool.getKernel()[0] * pool.getKernel()[1] *
                     reachOf(pool.getInput().getType()),
                 0};
  if (auto reduce = dyn_cast<q::ReduceMeanOp>(op))
    return Bound{elements(reduce.getInput(), reduce.getAxes()) *
                     reachOf(reduce.getInput().getType()),
                 0};
  if (auto reduce = dyn_cast<q::ReduceSumOp>(op))
    return Bound{elements(reduce.getInput(), reduce.getAxes()) *
                     reachOf(reduce.getInput().getType()),
                 0};
  return std::nullopt;
}
