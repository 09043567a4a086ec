// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Least squares over the values of a constant, symmetric grids: one number to
// find, the scale. Candidates first, then the best is improved in closed form:
// with the codes k held fixed, the error is least at
//
//   s = sum x * k / sum k^2
//
// and with s the codes change again, downhill each time (Lloyd's iteration).

#include "compiler/quantize/fakequant/SchemeGrid.h"
#include "compiler/quantize/observers/Mse.h"

#include <algorithm>
#include <cassert>
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
    bestError = error(scaleOf(best), INFINITY);
  }

  /// Largest |x| of the best range.
  float run() {
    // Fewer values make an error with more local minima.
    const int count = int(std::clamp<size_t>(0x4000 / values.size(), 48, 256));
    const double low = lowest();
    const double ratio = std::pow(low / largest, 1.0 / count);
    double reach = largest;
    for (int i = 0; i < count && reach >= lowest(); ++i)
      accept(reach *= ratio);
    // Twice as dense as the first series, between the neighbours of the best.
    const double finer = std::pow(ratio, 1.0 / 8);
    reach = std::min(largest, double(best) / ratio);
    for (int i = 0; i < 16; ++i)
      accept(reach *= finer);
    improve();
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
    const double loss = std::sqrt(bestError) / largest;
    return largest * std::max(0x1p-12, (1 - loss) * scheme.halfSteps() /
                                           double(-scheme.min()));
  }

  /// Sum of (x - s * code)^2, or some number above `limit` if it is above.
  double error(double scale, double limit) const {
    double total = 0;
    const double inverse = 1 / scale;
    size_t i = 0;
    while (i + lanes <= values.size()) {
      const size_t end = std::min(values.size(), i + 4096);
      double sums[lanes] = {};
      for (; i + lanes <= end; i += lanes)
        for (size_t lane = 0; lane < lanes; ++lane)
          sums[lane] += loss(values[i + lane], scale, inverse);
      for (double sum : sums)
        total += sum;
      if (total > limit)
        return total;
    }
    for (; i < values.size(); ++i)
      total += loss(values[i], scale, inverse);
    return total;
  }

  /// Nearest integer in first..last; a tie costs the same either way.
  double code(double u) const {
    constexpr double magic = 0x1.8p52;
    u = u < first ? first : u;
    u = u > last ? last : u;
    return (u + magic) - magic;
  }

  double loss(double x, double scale, double inverse) const {
    const double d = x - code(x * inverse) * scale;
    return d * d;
  }

  bool accept(double reach) {
    const float candidate = static_cast<float>(std::min(reach, largest));
    const double loss = error(scaleOf(candidate), bestError);
    if (loss >= bestError)
      return false;
    best = candidate;
    bestError = loss;
    return true;
  }

  void improve() {
    for (int i = 0; i < 8; ++i) {
      const double inverse = 1 / scaleOf(best);
      double product = 0, square = 0;
      for (double x : values) {
        const double k = code(x * inverse);
        product += x * k;
        square += k * k;
      }
      if (square == 0 || !accept(product / square * scheme.halfSteps()))
        return;
    }
  }

  llvm::ArrayRef<float> values;
  double largest;
  const Scheme &scheme;
  double first, last;
  float best = static_cast<float>(largest);
  double bestError;
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
  if (reach == largest)
    return seen;
  const float max = std::min(seen.max, reach);
  return {std::min(std::max(seen.min, -reach), max), max};
}
