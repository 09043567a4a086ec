// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forward and backward of one tensor; formulas are in FakeQuant.h.

#include "compiler/quantize/fakequant/FakeQuant.h"

#include "qrt/requantize.h"

#include <cassert>
#include <cmath>

using namespace quench::quantize;

void quench::quantize::fakeQuantize(llvm::ArrayRef<float> x, const Grid &grid,
                                    llvm::MutableArrayRef<float> y) {
  assert(y.size() == x.size() && "one result per value");
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = qrt_dequantize(
        qrt_quantize(x[i], grid.scale, grid.zero, grid.min, grid.max),
        grid.zero, grid.scale);
}

GridGradients quench::quantize::fakeQuantizeBackward(
    llvm::ArrayRef<float> x, llvm::ArrayRef<float> dy, const Grid &grid,
    llvm::MutableArrayRef<float> dx) {
  assert(dy.size() == x.size() && "one derivative per value");
  assert((dx.empty() || dx.size() == x.size()) && "one derivative per value");
  const int32_t low = grid.min - grid.zero, high = grid.max - grid.zero;
  GridGradients sums;
  for (size_t i = 0; i < x.size(); ++i) {
    const float quotient = x[i] / grid.scale;
    const float v = quotient == quotient ? quotient : 0.0f;
    // Rounded between one code below and one above the grid: clamped or not.
    const int32_t level = qrt_round_to_code(v, 0, low - 1, high + 1);
    const double d = dy[i];
    const bool inside = low <= level && level <= high;
    if (inside) {
      sums.scale += d * (double(level) - double(v));
    } else {
      sums.scale += d * (level < low ? low : high);
      sums.zero -= d * double(grid.scale);
    }
    if (!dx.empty())
      dx[i] = inside ? dy[i] : 0.0f;
  }
  return sums;
}

FakeQuantStatistics
quench::quantize::statisticsOf(llvm::ArrayRef<float> values) {
  double sum = 0;
  for (float value : values)
    sum += std::fabs(double(value));
  return {extremes(values), sum / double(values.size())};
}
