// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formulas of SchemeGrid.h.

#include "compiler/quantize/fakequant/SchemeGrid.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

using namespace quench::quantize;

Grid quench::quantize::makeGrid(double scale, double zero,
                                const Scheme &scheme) {
  const double min = static_cast<double>(scheme.min());
  const double max = static_cast<double>(scheme.max());
  Grid grid{1, 0, static_cast<int32_t>(min), static_cast<int32_t>(max)};
  if (scheme.symmetry == Symmetry::Asymmetric && zero == zero)
    grid.zero =
        static_cast<int32_t>(std::nearbyint(std::clamp(zero, min, max)));
  const auto reach =
      static_cast<float>(std::max(max - grid.zero, grid.zero - min));
  // A little too large at first, for the loop to find the largest one.
  const double largest = double(FLT_MAX) / double(reach) * (1 + 0x1p-20);
  const double smallest = FLT_MIN;
  grid.scale = static_cast<float>(
      std::min(largest, scale > smallest ? scale : smallest));
  while (!std::isfinite(grid.scale * reach))
    grid.scale = std::nextafter(grid.scale, 0.0f);
  return grid;
}

Grid quench::quantize::schemeGrid(Range range, const Scheme &scheme) {
  constexpr double smallestWidth = 0x1p-80;
  const double low = std::min(range.min, 0.0f);
  const double high = std::max(range.max, 0.0f);
  if (high - low < smallestWidth)
    return makeGrid(1, 0, scheme);
  if (scheme.symmetry != Symmetry::Asymmetric)
    return makeGrid(std::max(-low, high) / scheme.halfSteps(), 0, scheme);
  const double min = static_cast<double>(scheme.min());
  const auto scale = static_cast<float>(
      (high - low) / (static_cast<double>(scheme.max()) - min));
  return makeGrid(scale, min - low / scale, scheme);
}
