// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Exponential moving average of the extremes of each sample:
//
//   r = first sample's extremes;  then  r = m * r + (1 - m) * extremes
//
// One outlier fades; the order of the samples matters. The momentum m is 0.9
// unless asked otherwise, as in MegEngine's ExponentialMovingAverageObserver.

#include "compiler/quantize/observers/Observer.h"

#include <cassert>
#include <cmath>

using namespace quench::quantize;

namespace {

/// The average of one end of the range. Keeps the first value, so that two
/// averages can be joined as if one had seen all samples: the later one took
/// its first value x with weight 1 instead of 1 - m after a state r, hence
/// r' = later + m^n * (r - x).
struct Average {
  double value = 0;
  double first = 0;

  void add(double x, int64_t samplesBefore, double momentum) {
    if (samplesBefore == 0)
      value = first = x;
    else
      value = momentum * value + (1 - momentum) * x;
  }

  void append(const Average &later, int64_t laterSamples, double momentum) {
    value = later.value +
            std::pow(momentum, double(laterSamples)) * (value - later.first);
  }
};

class Ema final : public Observer {
public:
  explicit Ema(double momentum) : momentum(momentum) {}

  void observe(llvm::ArrayRef<float> values) override {
    const Range range = extremes(values);
    min.add(range.min, numSamples, momentum);
    max.add(range.max, numSamples, momentum);
    ++numSamples;
  }

  void merge(const Observer &other) override {
    const Ema &later = static_cast<const Ema &>(other);
    assert(later.momentum == momentum && "observers of the same options");
    if (later.numSamples == 0)
      return;
    if (numSamples == 0) {
      *this = later;
      return;
    }
    min.append(later.min, later.numSamples, momentum);
    max.append(later.max, later.numSamples, momentum);
    numSamples += later.numSamples;
  }

  Range range() const override {
    return {static_cast<float>(min.value), static_cast<float>(max.value)};
  }

private:
  double momentum;
  Average min, max;
};

} // namespace

std::unique_ptr<Observer>
quench::quantize::createEmaObserver(const ObserverOptions &options) {
  return std::make_unique<Ema>(options.momentum);
}
