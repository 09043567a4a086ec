// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Least squares over the values of a constant, symmetric grids: one number to
// find, the scale. A series of candidates first, then denser ones around the
// best: codes change from one scale to the next, so the loss has many minima.

#include "compiler/quantize/fakequant/SchemeGrid.h"
#include "compiler/quantize/observers/Extremes.h"
#include "compiler/quantize/observers/Mse.h"

#include <algorithm>
#include <cassert>
#include <cfloat>
#include <cmath>

using namespace quench::quantize;

namespace {

/// More values than this and an asymmetric search takes their histogram.
constexpr size_t mostMasses = 4096;

class ScaleSearch {
public:
  ScaleSearch(llvm::ArrayRef<float> values, double largest,
              const Scheme &scheme)
      : values(values), largest(largest), scheme(scheme),
        first(double(scheme.min())), last(double(scheme.max())) {
    for (double x : values)
      energy += x * x;
    bestLoss = lossOf(scaleOf(best), INFINITY);
  }

  /// Largest |x| of the best range.
  float run() {
    // Fewer values make a loss with more local minima.
    const int count = int(std::clamp<size_t>(0x8000 / values.size(), 96, 256));
    double reach = largest * constantHeadroom;
    double ratio = std::pow(lowest() / reach, 1.0 / count);
    for (int i = 0; i < count && reach >= lowest(); ++i)
      accept(reach *= ratio);
    // Between the neighbours of the best.
    for (int series = 0; series < 2; ++series) {
      reach = double(best) / ratio;
      ratio = std::pow(ratio, 1.0 / 8);
      for (int i = 0; i < 15; ++i)
        accept(reach *= ratio);
    }
    return best;
  }

private:
  static constexpr size_t lanes = 8;

  double scaleOf(float reach) const {
    return static_cast<float>(double(reach) / scheme.halfSteps());
  }

  /// No range with a smaller reach can be better: the largest value alone would
  /// lose more by clipping.
  double lowest() const {
    const double loss = std::sqrt(bestLoss) / largest;
    return largest * std::max(0x1p-12, (1 - loss) * scheme.halfSteps() /
                                           double(-scheme.min()));
  }

  /// What is minimised, or some number above `limit` if it is above.
  double lossOf(double scale, double limit) const {
    double error = 0, along = 0;
    const double inverse = 1 / scale;
    size_t i = 0;
    while (i + lanes <= values.size()) {
      const size_t end = std::min(values.size(), i + 4096);
      double errors[lanes] = {}, alongs[lanes] = {};
      for (; i + lanes <= end; i += lanes)
        for (size_t lane = 0; lane < lanes; ++lane) {
          const double x = values[i + lane];
          const double e = x - code(x * inverse) * scale;
          errors[lane] += e * e;
          alongs[lane] += x * e;
        }
      for (size_t lane = 0; lane < lanes; ++lane) {
        error += errors[lane];
        along += alongs[lane];
      }
      if (error > limit)
        return error;
    }
    for (; i < values.size(); ++i) {
      const double x = values[i];
      const double e = x - code(x * inverse) * scale;
      error += e * e;
      along += x * e;
    }
    return error + constantGainWeight * along * along / energy;
  }

  /// Nearest integer in first..last; a tie costs the same either way.
  double code(double u) const {
    constexpr double magic = 0x1.8p52;
    u = u < first ? first : u;
    u = u > last ? last : u;
    return (u + magic) - magic;
  }

  void accept(double reach) {
    const auto candidate = static_cast<float>(std::min(reach, double(FLT_MAX)));
    const double loss = lossOf(scaleOf(candidate), bestLoss);
    if (loss >= bestLoss)
      return;
    best = candidate;
    bestLoss = loss;
  }

  llvm::ArrayRef<float> values;
  double largest;
  const Scheme &scheme;
  double first, last;
  double energy = 0; ///< sum of x^2
  float best = static_cast<float>(largest);
  double bestLoss;
};

Range asymmetric(llvm::ArrayRef<float> values, Range seen,
                 const Scheme &scheme) {
  std::vector<Mass> masses;
  if (values.size() > mostMasses) {
    Histogram histogram;
    histogram.add(values);
    masses = histogram.masses();
  } else {
    for (double value : values)
      masses.push_back({value, value, 1});
    llvm::sort(masses,
               [](const Mass &a, const Mass &b) { return a.low < b.low; });
  }
  return mseRange(masses, seen, scheme);
}

} // namespace

Range quench::quantize::mseOfConstant(llvm::ArrayRef<float> values,
                                      const ObserverOptions &options) {
  const Range seen = extremes(values);
  if (options.scheme.symmetry == Symmetry::Asymmetric)
    return asymmetric(values, seen, options.scheme);
  const float largest = std::max(-seen.min, seen.max);
  if (largest <= 0)
    return seen; // all zeros
  const float reach = ScaleSearch(values, largest, options.scheme).run();
  if (reach >= largest)
    return seen.max == largest ? Range{seen.min, reach}
                               : Range{-reach, seen.max};
  const float max = std::min(seen.max, reach);
  return {std::min(std::max(seen.min, -reach), max), max};
}
