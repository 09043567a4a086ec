// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The range that loses least information: S. Migacz, 8-bit Inference with
// TensorRT, GTC 2017. Of each candidate threshold t it compares two
// distributions over linear bins of width max|x| / 2048:
//
//   P  the bins inside, what is outside added to the outermost ones
//   Q  the bins inside, joined to as many levels as there are codes, and each
//      level spread evenly over those of its bins that P has something in
//
// and takes the t of the smallest divergence sum P ln(P / Q). Where we differ:
//
// - He counts |x|. Here bins have a sign. A symmetric scheme has the candidates
//   -t..t; an asymmetric one max(-t, min)..min(t, max), so that a tensor after
//   a relu has all codes on its one side, and both ends share t.
// - Values at 0 are left out: 0 is a code exactly, and after a relu they would
//   hide the rest.
// - A threshold has at least as many bins as there are levels, here as there,
// so
//   with 8 bits none is below max|x| / 16: one far outlier defeats the search.
// - Where levels are as many as the bins (12 bits and more) nothing is lost by
//   the whole range, and it is the answer.

#include "compiler/quantize/observers/Histogram.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

using namespace quench::quantize;

namespace {

constexpr int64_t binsPerSide = 2048;

double xlnx(double x) { return x > 0 ? x * std::log(x) : 0; }

/// Linear bins of both signs, summed up: a sum over bins is a difference.
class Bins {
public:
  Bins(llvm::ArrayRef<Mass> masses, double width)
      : counts(2 * binsPerSide), used(1), sum(1), sumXlnx(1) {
    for (const Mass &mass : masses)
      add(mass, width);
    for (double count : counts) {
      used.push_back(used.back() + (count > 0));
      sum.push_back(sum.back() + count);
      sumXlnx.push_back(sumXlnx.back() + xlnx(count));
    }
  }

  /// Divergence of Q from P for bins from..to - 1; infinite if there is
  /// something outside and nothing in the level that it is added to.
  double divergence(int64_t from, int64_t to, int64_t levels) const {
    const double all = sum.back(), within = sum[to] - sum[from];
    const double below = sum[from], above = all - sum[to];
    // Of P: the inner bins as they are, the outermost with what is outside.
    double p = sumXlnx[to - 1] - sumXlnx[from + 1];
    p += xlnx(counts[from] + below) + xlnx(counts[to - 1] + above);
    double q = 0;
    const int64_t size = to - from;
    for (int64_t level = 0; level < levels; ++level) {
      // Bin j of the range belongs to level floor(j * levels / size).
      const int64_t first = from + (level * size + levels - 1) / levels;
      const int64_t end = from + ((level + 1) * size + levels - 1) / levels;
      const double count = sum[end] - sum[first];
      double share = count, bins = used[end] - used[first];
      if (first == from && below > 0) {
        share += below;
        bins += counts[from] == 0;
      }
      if (end == to && above > 0) {
        share += above;
        bins += counts[to - 1] == 0;
      }
      if (share > 0 && count == 0)
        return INFINITY;
      if (count > 0)
        q += share * std::log(count / bins);
    }
    return (p - q) / all - std::log(all / within);
  }

private:
  void add(const Mass &mass, double width) {
    auto binOf = [&](double x) {
      return std::clamp<int64_t>(int64_t(std::floor(x / width)) + binsPerSide,
                                 0, 2 * binsPerSide - 1);
    };
    if (mass.low == 0 && mass.high == 0)
      return;
    const int64_t first = binOf(mass.low), last = binOf(mass.high);
    for (int64_t bin = first; bin <= last; ++bin) {
      const double low = std::max(mass.low, (bin - binsPerSide) * width);
      const double high = std::min(mass.high, (bin + 1 - binsPerSide) * width);
      if (first == last)
        counts[bin] += mass.count;
      else if (high > low)
        counts[bin] += mass.count * (high - low) / (mass.high - mass.low);
    }
  }

  std::vector<double> counts;
  std::vector<double> used, sum, sumXlnx; ///< of the bins before one
};

Range entropyRange(const Histogram &histogram, const ObserverOptions &options) {
  const Range seen = histogram.range();
  const Scheme &scheme = options.scheme;
  const double largest = std::max(std::fabs(seen.min), std::fabs(seen.max));
  if (largest < FLT_MIN)
    return seen; // zeros, to the histogram
  const double width = largest / binsPerSide;
  const Bins bins(histogram.masses(), width);

  const bool symmetric = scheme.symmetry != Symmetry::Asymmetric;
  auto side = [&](double end) {
    return symmetric ? binsPerSide
                     : std::clamp<int64_t>(int64_t(std::ceil(end / width)), 0,
                                           binsPerSide);
  };
  const int64_t below = side(-double(seen.min)), above = side(seen.max);
  const int64_t levels = scheme.max() - scheme.min() + 1;
  Range best = seen;
  double least = INFINITY;
  for (int64_t t = binsPerSide; t > 0; --t) {
    const int64_t low = std::min(t, below), high = std::min(t, above);
    if (low + high < levels)
      break;
    const double found =
        bins.divergence(binsPerSide - low, binsPerSide + high, levels);
    if (found >= least)
      continue;
    least = found;
    best = {static_cast<float>(0 - width * double(low)),
            static_cast<float>(width * double(high))};
  }
  return best;
}

} // namespace

std::unique_ptr<Observer>
quench::quantize::createEntropyObserver(const ObserverOptions &options) {
  return std::make_unique<HistogramObserver>(options, entropyRange);
}
