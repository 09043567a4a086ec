// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The range that contains every value seen. Independent of the order of the
// samples; one outlier stretches it for good.

#include "compiler/quantize/observers/Observer.h"

using namespace quench::quantize;

namespace {

class MinMax final : public Observer {
public:
  void observe(llvm::ArrayRef<float> values) override {
    include(extremes(values));
    ++numSamples;
  }

  void merge(const Observer &later) override {
    if (later.samples() == 0)
      return;
    include(later.range());
    numSamples += later.samples();
  }

  Range range() const override { return seen; }

private:
  void include(const Range &range) {
    seen = numSamples == 0 ? range : unite(seen, range);
  }

  Range seen;
};

} // namespace

std::unique_ptr<Observer>
quench::quantize::createMinMaxObserver(const ObserverOptions &) {
  return std::make_unique<MinMax>();
}
