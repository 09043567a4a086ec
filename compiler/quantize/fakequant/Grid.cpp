// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parameters of grids; formulas and reasons are in Grid.h.

#include "compiler/quantize/fakequant/Grid.h"

#include "compiler/quantize/fakequant/FakeQuant.h"
#include "dialects/q/GroupSizes.h"

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

/// What makes a scale of a range where nothing is trained: lsq starts from mean
/// magnitudes, which an observer does not have, and lsq_plus from the range.
Grid gridOfRange(Range range, const Scheme &scheme, llvm::StringRef fakeQuant) {
  const FakeQuantRow *row =
      findFakeQuantizer(fakeQuant == "lsq" ? "lsq_plus" : fakeQuant);
  assert(row && "the name of a fake quantizer");
  FakeQuantOptions options;
  options.scheme = scheme;
  return row->grid(row->init({range, 0}, options), options);
}

} // namespace

Grid quench::quantize::activationGrid(Range range, const Scheme &scheme,
                                      llvm::StringRef fakeQuant) {
  // A range without width has scale 1, whatever makes the others.
  const double width =
      double(std::max(range.max, 0.0f)) - std::min(range.min, 0.0f);
  if (width < smallestWidth)
    return schemeGrid(range, scheme);
  return gridOfRange(range, scheme, fakeQuant);
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
    const double scale =
        clips[i] < smallestWidth
            ? clips[i] / scheme.halfSteps()
            : gridOfRange({-clips[i], clips[i]}, scheme, fakeQuant).scale;
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

std::vector<int8_t>
quench::quantize::groupMultipliers(llvm::ArrayRef<float> clips,
                                   llvm::ArrayRef<float> scales, int bits) {
  const auto max = static_cast<double>(q::largestGroupCode(bits));
  const auto most = static_cast<double>(q::largestMultiplier(bits));
  const size_t each = clips.size() / scales.size();
  std::vector<int8_t> multipliers;
  for (size_t i = 0; i < clips.size(); ++i) {
    const double wanted = double(clips[i]) / (double(scales[i / each]) * max);
    multipliers.push_back(
        static_cast<int8_t>(std::clamp(std::nearbyint(wanted), 1.0, most)));
  }
  return multipliers;
}

std::vector<int8_t>
quench::quantize::quantizeGroups(llvm::ArrayRef<float> values,
                                 llvm::ArrayRef<float> scales,
                                 llvm::ArrayRef<int8_t> multipliers, int bits) {
  const auto max = static_cast<double>(q::largestGroupCode(bits));
  const size_t each = values.size() / scales.size();
  std::vector<int8_t> codes;
  for (size_t i = 0; i < values.size(); ++i) {
    const double step = double(scales[i / each]) * multipliers[i];
    const double code =
        std::clamp(std::nearbyint(double(values[i]) / step), -max, max);
    codes.push_back(static_cast<int8_t>(code * multipliers[i]));
  }
  return codes;
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
