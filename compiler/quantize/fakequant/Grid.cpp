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

/// Scale of a symmetric grid that ends at `clip`. TQT's are powers of two, the
/// least that reach it.
float scaleOfClip(double clip, const Scheme &scheme,
                  llvm::StringRef fakeQuant) {
  const double scale = clip / scheme.halfSteps();
  if (fakeQuant == "tqt" && scale > 0)
    return static_cast<float>(std::exp2(std::ceil(std::log2(scale))));
  return static_cast<float>(scale);
}

} // namespace

Grid quench::quantize::activationGrid(Range range, const Scheme &scheme,
                                      llvm::StringRef fakeQuant) {
  const double min = std::min(range.min, 0.0f);
  const double max = std::max(range.max, 0.0f);
  Grid grid;
  grid.min = int32_t(scheme.min());
  grid.max = int32_t(scheme.max());
  if (max - min < smallestWidth)
    return grid;
  if (scheme.symmetry == Symmetry::Asymmetric) {
    // Each end may be the largest float, so their distance may not be one.
    grid.scale = static_cast<float>((max - min) / (grid.max - grid.min));
    const double zero = std::nearbyint(grid.min - min / grid.scale);
    grid.zero = static_cast<int32_t>(
        std::clamp(zero, double(grid.min), double(grid.max)));
  } else {
    grid.scale = scaleOfClip(std::max(-min, max), scheme, fakeQuant);
  }
  // Every code is finite, also where the range is all there is.
  const int32_t reach = std::max(grid.max - grid.zero, grid.zero - grid.min);
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

FilterGrid quench::quantize::filterGrid(llvm::ArrayRef<float> clips,
                                        llvm::ArrayRef<float> bias,
                                        float inputScale, const Scheme &scheme,
                                        llvm::StringRef fakeQuant) {
  assert(!clips.empty() && "one channel or more");
  assert((bias.empty() || clips.size() == 1 || bias.size() == clips.size()) &&
         "one bias per channel");
  FilterGrid grid;
  grid.min = int32_t(scheme.min());
  grid.max = int32_t(scheme.max());
  for (size_t i = 0; i < clips.size(); ++i) {
    auto biases = bias.empty() || clips.size() == 1 ? bias : bias.slice(i, 1);
    const double scale = scaleOfClip(clips[i], scheme, fakeQuant);
    const double floor =
        std::max(largestMagnitude(biases) / (double(inputScale) * largestBias),
                 smallestProduct / inputScale);
    if (scale >= floor) {
      grid.scales.push_back(static_cast<float>(scale));
    } else if (clips[i] == 0 && largestMagnitude(biases) == 0) {
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
template std::vector<int32_t>
quench::quantize::quantize<int32_t>(llvm::ArrayRef<float>,
                                    llvm::ArrayRef<float>, int64_t, int32_t,
                                    int64_t, int64_t);
