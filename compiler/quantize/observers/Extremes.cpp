// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sixteen comparisons at a time, in vectors of the language:
// std::minmax_element carries one position from element to element, and took a
// third of calibration.

#include "compiler/quantize/observers/Extremes.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

using namespace quench::quantize;

namespace {

constexpr size_t width = 16;
typedef float Lanes __attribute__((vector_size(width * sizeof(float))));
typedef int Masks __attribute__((vector_size(width * sizeof(int))));

Lanes load(const float *at) {
  Lanes lanes;
  std::memcpy(&lanes, at, sizeof(lanes));
  return lanes;
}

} // namespace

Range quench::quantize::extremes(llvm::ArrayRef<float> values) {
  assert(!values.empty() && "extremes of no value");
  Range range{values.front(), values.front()};
  const size_t whole = values.size() / width * width;
  if (whole > 0) {
    Lanes low = load(values.data()), high = low;
    for (size_t i = width; i < whole; i += width) {
      const Lanes lanes = load(values.data() + i);
      low = lanes < low ? lanes : low;
      high = lanes > high ? lanes : high;
    }
    for (size_t lane = 0; lane < width; ++lane)
      range = unite(range, {low[lane], high[lane]});
  }
  for (float value : values.drop_front(whole))
    range = unite(range, {value, value});
  return range;
}

int64_t quench::quantize::firstNotFinite(llvm::ArrayRef<float> values) {
  // x - x is 0 for a finite number, and NaN otherwise.
  constexpr size_t block = 64 * width;
  for (size_t begin = 0; begin < values.size(); begin += block) {
    const size_t end = std::min(values.size(), begin + block);
    Masks bad = {};
    size_t i = begin;
    for (; i + width <= end; i += width) {
      const Lanes lanes = load(values.data() + i);
      bad |= lanes - lanes != 0.0f;
    }
    bool suspicious = i < end;
    for (size_t lane = 0; lane < width; ++lane)
      suspicious |= bad[lane] != 0;
    for (i = begin; suspicious && i < end; ++i)
      if (!std::isfinite(values[i]))
        return int64_t(i);
  }
  return -1;
}
