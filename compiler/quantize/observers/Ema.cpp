// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exponential moving average of the extremes of each sample:
//
//   r = first sample's extremes;  then  r = 0.9 * r + 0.1 * extremes
//
// One outlier fades; the order of the samples matters. The momentum is that of
// MegEngine's ExponentialMovingAverageObserver.

#include "compiler/quantize/observers/Extremes.h"

#include <cassert>
#include <cmath>

using namespace quench::quantize;

namespace {

constexpr double momentum = 0.9;

/// The average of one end of the range. Keeps the first value, so that two
/// averages can be joined as if one had seen all samples: the later one took
/// its first value x with weight 1 instead of 0.1 after a state r, hence
/// r' = later + momentum^n * (r - x).
struct Average {
  double value = 0;
  double first = 0;

  void add(double x, int64_t samplesBefore) {
    if (samplesBefore == 0)
      value = first = x;
    else
      value = momentum * value + (1 - momentum) * x;
  }

  void append(const Average &later, int64_t laterSamples) {
    value = later.value +
            std::pow(momentum, double(laterSamples)) * (value - later.first);
  }
};

class Ema final : public Observer {
public:
  void observe(llvm::ArrayRef<float> values) override {
    assert(!values.empty() && "a sample has values");
    const Range seen = extremes(values);
    min.add(seen.min, numSamples);
    max.add(seen.max, numSamples);
    ++numSamples;
  }

  void merge(const Observer &other) override {
    const Ema &later = static_cast<const Ema &>(other);
    if (later.numSamples == 0)
      return;
    if (numSamples == 0) {
      *this = later;
      return;
    }
    min.append(later.min, later.numSamples);
    max.append(later.max, later.numSamples);
    numSamples += later.numSamples;
  }

  Range range() const override {
    return {static_cast<float>(min.value), static_cast<float>(max.value)};
  }

private:
  Average min, max;
};

} // namespace

std::unique_ptr<Observer> quench::quantize::createEmaObserver() {
  return std::make_unique<Ema>();
}
