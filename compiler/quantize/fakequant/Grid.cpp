// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parameters of grids; formulas and reasons are in Grid.h.

#include "compiler/quantize/fakequant/Grid.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace quench::quantize;

namespace {

/// Ranges narrower than this have no width: the values are 0 but for noise, and
/// multipliers made of such scales would leave the normal floats.
constexpr double smallestWidth = 0x1p-80;

/// Largest |bias code|, a 1/512 of int32, so that the sum has all the rest.
constexpr double largestBias = 0x1p22;

/// Smallest inputScale * filterScale.
constexpr double smallestProduct = 0x1p-96;

double largestMagnitude(llvm::ArrayRef<float> values) {
  double largest = 0;
  for (float value : values)
    largest = std::max(largest, std::fabs(double(value)));
  return largest;
}

/// The smallest float that is not below x: a floor must hold after rounding.
float roundUp(double x) {
  const float nearest = static_cast<float>(x);
  return double(nearest) < x ? std::nextafter(nearest, INFINITY) : nearest;
}

} // namespace

Grid quench::quantize::activationGrid(Range range) {
  const double min = std::min(range.min, 0.0f);
  const double max = std::max(range.max, 0.0f);
  Grid grid;
  if (max - min < smallestWidth)
    return grid;
  // Each end may be the largest float, so their distance may not be one.
  grid.scale = static_cast<float>((max - min) / 255);
  const double zero = std::nearbyint(-128 - min / grid.scale);
  grid.zero = static_cast<int32_t>(std::clamp(zero, -128.0, 127.0));
  // Every code is finite, also where the range is all there is.
  const int32_t reach = std::max(127 - grid.zero, grid.zero + 128);
  while (!std::isfinite(grid.scale * static_cast<float>(reach)))
    grid.scale = std::nextafter(grid.scale, 0.0f);
  return grid;
}

Grid quench::quantize::symmetricGrid(llvm::ArrayRef<float> values) {
  const double largest = largestMagnitude(values);
  Grid grid{1, 0, -127, 127};
  if (largest >= smallestWidth)
    grid.scale = static_cast<float>(largest / 127);
  return grid;
}

FilterGrid quench::quantize::filterGrid(llvm::ArrayRef<float> filter,
                                        int64_t channels,
                                        llvm::ArrayRef<float> bias,
                                        float inputScale,
                                        const FilterOptions &options) {
  assert(channels > 0 && filter.size() % channels == 0 && "whole channels");
  assert((bias.empty() || int64_t(bias.size()) == channels) &&
         "one bias per channel");
  FilterGrid grid;
  grid.min = options.narrow ? -127 : -128;
  // MegEngine's halves of the range: 127, and 127.5 when -128 is used as well.
  const double steps = options.narrow ? 127 : 127.5;
  const int64_t inner = filter.size() / channels;
  const int64_t count = options.perChannel ? channels : 1;
  for (int64_t i = 0; i < count; ++i) {
    auto weights = options.perChannel ? filter.slice(i * inner, inner) : filter;
    auto biases = bias.empty()         ? bias
                  : options.perChannel ? bias.slice(i, 1)
                                       : bias;
    const double scale = largestMagnitude(weights) / steps;
    const double floor =
        std::max(largestMagnitude(biases) / (double(inputScale) * largestBias),
                 smallestProduct / inputScale);
    if (scale >= floor) {
      grid.scales.push_back(static_cast<float>(scale));
    } else if (largestMagnitude(weights) == 0 &&
               largestMagnitude(biases) == 0) {
      grid.scales.push_back(1); // any: all codes are 0
    } else {
      grid.scales.push_back(roundUp(floor));
      ++grid.floored;
    }
  }
  return grid;
}

std::vector<float>
quench::quantize::biasScales(float inputScale,
                             llvm::ArrayRef<float> filterScales) {
  std::vector<float> scales;
  for (float scale : filterScales)
    scales.push_back(inputScale * scale);
  return scales;
}

template <typename T>
std::vector<T> quench::quantize::quantize(llvm::ArrayRef<float> values,
                                          llvm::ArrayRef<float> scales,
                                          int64_t inner, int32_t zero,
                                          int64_t min, int64_t max) {
  std::vector<T> codes;
  codes.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const float scale = scales[(i / inner) % scales.size()];
    const double code = std::nearbyint(double(values[i]) / scale) + zero;
    codes.push_back(static_cast<T>(std::clamp(code, double(min), double(max))));
  }
  return codes;
}

template std::vector<int8_t>
quench::quantize::quantize<int8_t>(llvm::ArrayRef<float>, llvm::ArrayRef<float>,
                                   int64_t, int32_t, int64_t, int64_t);
template std::vector<int16_t>
quench::quantize::quantize<int16_t>(llvm::ArrayRef<float>,
                                    llvm::ArrayRef<float>, int64_t, int32_t,
                                    int64_t, int64_t);
template std::vector<int32_t>
quench::quantize::quantize<int32_t>(llvm::ArrayRef<float>,
                                    llvm::ArrayRef<float>, int64_t, int32_t,
                                    int64_t, int64_t);
