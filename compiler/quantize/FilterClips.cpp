// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observing filters, channel by channel.

#include "compiler/quantize/FilterClips.h"

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/qf/QF.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static constexpr Scheme defaultScheme{8, Symmetry::Narrow,
                                      Granularity::Channel};

std::optional<ObservedFilter> quantize::observeFilter(Operation *op,
                                                      const QConfig &config) {
  Value operand = op->getOperand(1);
  std::optional<std::vector<float>> weights = constantValues(operand);
  if (!weights)
    return std::nullopt;
  ObservedFilter filter;
  filter.weights = std::move(*weights);
  filter.channels = cast<RankedTensorType>(operand.getType()).getDimSize(0);
  filter.scheme = defaultScheme;
  filter.fakeQuant = "plain";
  StringRef name = "min_max";
  if (auto observe = operand.getDefiningOp<qf::ObserveOp>()) {
    qf::SchemeAttr scheme = observe.getSchemeOrDefault();
    filter.scheme = scheme.getScheme();
    filter.fakeQuant = scheme.getFakeQuant().str();
    name = observe.getObserver();
  }
  const ObserverRow *row = findObserver(name);
  assert(row && "checked by qf-assign-parameters");
  ObserverOptions options = observerOptions(config);
  options.scheme = filter.scheme;
  const int64_t parts =
      filter.scheme.granularity == Granularity::Channel ? filter.channels : 1;
  const int64_t size = filter.weights.size() / parts;
  for (int64_t i = 0; i < parts; ++i) {
    const Range range = chooseRange(
        *row, ArrayRef(filter.weights).slice(i * size, size), options);
    filter.clips.push_back(
        std::max(std::fabs(range.min), std::fabs(range.max)));
  }
  return filter;
}

int64_t ObservedFilter::largestSum() const {
  const int64_t taps = weights.size() / channels;
  int64_t largest = 0;
  for (int64_t c = 0; c < channels; ++c) {
    const double clip = clips[clips.size() == 1 ? 0 : c];
    if (clip == 0)
      continue;
    double sum = 0;
    for (float weight : ArrayRef(weights).slice(c * taps, taps))
      sum += std::min(
          std::nearbyint(std::fabs(weight) / clip * scheme.halfSteps()),
          double(-scheme.min()));
    largest = std::max(largest, int64_t(sum));
  }
  return largest;
}
