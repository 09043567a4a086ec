// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds of accumulators, solved for the codes of one operand.

#include "compiler/quantize/Reach.h"

#include "compiler/quantize/Bounds.h"
#include "compiler/quantize/Forms.h"
#include "dialects/nn/NN.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

/// Bias codes stay below this (Grid.h).
static constexpr int64_t largestBias = int64_t(1) << 22;
static constexpr int64_t anyReach = std::numeric_limits<int64_t>::max();

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

/// Terms of |code| * 1 that `op` sums.
static int64_t summed(Operation *op) {
  auto shape = cast<RankedTensorType>(op->getOperand(0).getType()).getShape();
  if (auto pool = dyn_cast<nn::AvgPool2DOp>(op))
    return product(pool.getKernel());
  if (isa<nn::ReduceMeanOp, nn::ReduceSumOp>(op)) {
    int64_t terms = 1;
    for (int64_t axis :
         op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef())
      terms *= shape[axis];
    return terms;
  }
  return 0;
}

int64_t quantize::largestReach(Operation *op, unsigned index, int otherBits,
                               const Filters &filters) {
  if (isFilterOp(op)) {
    auto filter = filters.find(op);
    if (index != 0 || filter == filters.end())
      return anyReach;
    const int64_t sum = filter->second.largestSum();
    return sum == 0 ? anyReach : (wrapsAt - 1 - largestBias) / sum;
  }
  if (auto matmul = dyn_cast<nn::MatMulOp>(op)) {
    const int64_t terms =
        cast<RankedTensorType>(matmul.getLhs().getType()).getShape().back();
    // Both of 16 bits: the same reach for both.
    if (otherBits == 16)
      return int64_t(std::sqrt(double((wrapsAt - 1) / terms)));
    return (wrapsAt - 1) / (terms << otherBits);
  }
  // Both of 16 bits: 32767^2 < 2^30.
  if (const int64_t terms = summed(op))
    return (wrapsAt - 1) / terms;
  return anyReach;
}
