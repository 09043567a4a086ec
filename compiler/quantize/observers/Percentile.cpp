// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Leaves out the same share of the values at each end: the range goes from the
// value of rank (1 - p) * (n - 1) to that of rank p * (n - 1), p = 0.9999
// unless asked otherwise. Ranks between two values are interpolated, and so are
// values inside a bin, so that an end is wrong by at most a bin: 1/128 of
// itself.

#include "compiler/quantize/observers/Histogram.h"

#include <cmath>

using namespace quench::quantize;

/// The value with `rank` values below it, a whole number.
static double valueOfRank(llvm::ArrayRef<Mass> masses, double rank) {
  double before = 0;
  for (const Mass &mass : masses) {
    if (before + mass.count > rank)
      return mass.count == 1 ? mass.center()
                             : mass.low + (rank - before) / (mass.count - 1) *
                                              (mass.high - mass.low);
    before += mass.count;
  }
  return masses.back().high;
}

static float interpolate(llvm::ArrayRef<Mass> masses, double rank) {
  const double below = std::floor(rank);
  const double low = valueOfRank(masses, below);
  const double high = valueOfRank(masses, std::ceil(rank));
  return static_cast<float>(low + (rank - below) * (high - low));
}

static Range percentileRange(const Histogram &histogram,
                             const ObserverOptions &options) {
  const std::vector<Mass> masses = histogram.masses();
  const double last = double(histogram.count() - 1);
  const double outside = 1 - options.percentile / 100;
  return {interpolate(masses, outside * last),
          interpolate(masses, last - outside * last)};
}

std::unique_ptr<Observer>
quench::quantize::createPercentileObserver(const ObserverOptions &options) {
  return std::make_unique<HistogramObserver>(options, percentileRange);
}
