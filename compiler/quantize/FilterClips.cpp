// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Observing filters, channel by channel.

#include "compiler/quantize/FilterClips.h"

#include "compiler/quantize/Constants.h"
#include "compiler/quantize/observers/Observer.h"
#include "dialects/q/GroupSizes.h"
#include "dialects/qf/QF.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static constexpr Scheme defaultScheme{8, Symmetry::Narrow,
                                      Granularity::Channel};

/// What is observed on its own, of weights in rows of `channels` input
/// channels.
static std::vector<ArrayRef<float>> partsOf(const ObservedFilter &filter,
                                            int64_t channels) {
  const ArrayRef<float> all = filter.weights;
  std::vector<ArrayRef<float>> parts;
  switch (filter.scheme.granularity) {
  case Granularity::Tensor:
    parts.push_back(all);
    break;
  case Granularity::Channel:
    for (int64_t c = 0, size = all.size() / filter.channels;
         c < filter.channels; ++c)
      parts.push_back(all.slice(c * size, size));
    break;
  case Granularity::Group:
    for (size_t tap = 0; tap < all.size(); tap += channels)
      for (int64_t i = 0; i < channels; i += filter.scheme.groupSize)
        parts.push_back(all.slice(
            tap + i, std::min(filter.scheme.groupSize, channels - i)));
    break;
  }
  return parts;
}

std::optional<ObservedFilter> quantize::observeFilter(Operation *op,
                                                      const QConfig &config) {
  Value operand = op->getOperand(1);
  std::optional<std::vector<float>> weights = constantValues(operand);
  if (!weights)
    return std::nullopt;
  ObservedFilter filter;
  filter.weights = std::move(*weights);
  const auto shape = cast<RankedTensorType>(operand.getType()).getShape();
  filter.channels = shape.front();
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
  if (filter.scheme.granularity == Granularity::Group &&
      shape.back() < filter.scheme.groupSize) {
    filter.scheme.granularity = Granularity::Channel;
    filter.tooFewForGroups = true;
  }
  for (ArrayRef<float> part : partsOf(filter, shape.back())) {
    const Range range = chooseRange(*row, part, options);
    filter.clips.push_back(
        std::max(std::fabs(range.min), std::fabs(range.max)));
  }
  if (filter.scheme.granularity != Granularity::Group)
    return filter;
  filter.groupClips = std::move(filter.clips);
  filter.clips.clear();
  const int64_t each = filter.groupClips.size() / filter.channels;
  for (int64_t c = 0; c < filter.channels; ++c)
    filter.clips.push_back(
        *llvm::max_element(ArrayRef(filter.groupClips).slice(c * each, each)));
  return filter;
}

Scheme ObservedFilter::codeScheme() const {
  return groupClips.empty() ? scheme : defaultScheme;
}

int64_t ObservedFilter::largestSum() const {
  const int64_t taps = weights.size() / channels;
  const Scheme codes = codeScheme();
  // A product is at most half a multiplier from its weight.
  const double slack =
      groupClips.empty() ? 0 : q::largestMultiplier(scheme.bits) / 2.0;
  int64_t largest = 0;
  for (int64_t c = 0; c < channels; ++c) {
    const double clip = clips[clips.size() == 1 ? 0 : c];
    if (clip == 0)
      continue;
    double sum = 0;
    for (float weight : ArrayRef(weights).slice(c * taps, taps))
      sum += std::min(
          std::nearbyint(std::fabs(weight) / clip * codes.halfSteps() + slack),
          double(-codes.min()));
    largest = std::max(largest, int64_t(sum));
  }
  return largest;
}
