// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nn-smooth: one scale per channel between a producer and its filters.

#include "compiler/quantize/Smooth.h"

#include "compiler/quantize/Affine.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/ScalePath.h"
#include "dialects/q/Notes.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_SMOOTH
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

/// max |W| of each channel of the path, over all filters that read it.
std::vector<double> largestWeights(const ScalePath &path) {
  std::vector<double> largest(path.channels);
  for (Operation *op : path.consumers) {
    const FilterOp filter = *matchFilterOp(op);
    const std::vector<int64_t> channels = inputChannels(op, path.view);
    const int64_t inner = filter.filter.size() / filter.outChannels();
    const int64_t groupInput = filter.shape.back();
    const int64_t groupOutput = filter.outChannels() / filter.groups;
    for (int64_t i = 0; i < int64_t(filter.filter.size()); ++i) {
      const int64_t group = i / inner / groupOutput;
      double &most = largest[channels[group * groupInput + i % groupInput]];
      most = std::max(most, std::fabs(double(filter.filter[i])));
    }
  }
  return largest;
}

/// Largest over median of what a quantizer has to hold per channel.
double spread(std::vector<double> reaches) {
  llvm::sort(reaches);
  const double median = reaches[(reaches.size() - 1) / 2];
  return median > 0 ? reaches.back() / median : 1;
}

class Smoother {
public:
  Smoother(func::FuncOp function, ChannelRanges *observed,
           const SmoothingOptions &options)
      : function(function), observed(observed), options(options) {}

  Smoothing run() {
    SmallVector<Operation *> producers;
    function.walk([&](Operation *op) {
      if (canScaleChannels(op))
        producers.push_back(op);
    });
    for (Operation *op : producers)
      smoothPath(op);
    eraseUnusedConstants(function);
    return result;
  }

private:
  void smoothPath(Operation *producer) {
    std::string reason;
    std::optional<ScalePath> path = findScalePath(producer, reason);
    if (!path)
      return q::addNote(producer, "not smoothed: " + reason);
    auto known = knownRange(producer, observed, options.deviations);
    if (!known)
      return q::addNote(producer,
                        "not smoothed: its values are not known without data");
    const std::vector<double> scales = scalesOf(*path, *known);
    std::vector<double> factors, before, after;
    for (auto [c, scale] : llvm::enumerate(scales)) {
      factors.push_back(1 / scale);
      before.push_back(known->reach(c));
      after.push_back(known->reach(c) / scale);
    }
    const int64_t moved =
        llvm::count_if(scales, [](double scale) { return scale != 1; });
    q::addNote(producer,
               llvm::formatv("smoothed: largest/median |x| of channels {0} -> "
                             "{1}; {2} of {3} channels scaled",
                             shortText(spread(before)),
                             shortText(spread(after)), moved, scales.size())
                   .str());
    if (!moved)
      return;
    IRRewriter rewriter(function.getContext());
    scaleChannels(rewriter, producer, factors);
    for (Operation *consumer : path->consumers)
      scaleInputs(rewriter, consumer, path->view, scales);
    scaleObserved(*path, factors);
    ++result.paths;
    result.channels += moved;
  }

  std::vector<double> scalesOf(const ScalePath &path,
                               const ChannelRange &known) const {
    const std::vector<double> weights = largestWeights(path);
    std::vector<double> scales(path.channels, 1.0);
    auto isFree = [&](int64_t c) {
      return known.reach(c) > 0 && weights[c] > 0 &&
             (known.max[c] <= 0 ||
              known.max[c] * options.headroom <= path.upper);
    };
    double logs = 0;
    int64_t count = 0;
    for (int64_t c = 0; c < path.channels; ++c) {
      if (!isFree(c))
        continue;
      scales[c] = std::pow(known.reach(c), options.alpha) /
                  std::pow(weights[c], 1 - options.alpha);
      logs += std::log(scales[c]);
      ++count;
    }
    const double mean = count ? std::exp(logs / count) : 1;
    for (int64_t c = 0; c < path.channels; ++c) {
      if (!isFree(c))
        continue;
      scales[c] /= mean;
      // Growing up to an upper clamp, not beyond.
      if (std::isfinite(path.upper) && known.max[c] > 0)
        scales[c] =
            std::max(scales[c], known.max[c] * options.headroom / path.upper);
      if (options.powersOfTwo)
        scales[c] = std::exp2(std::ceil(std::log2(scales[c]) - 0.5));
    }
    return scales;
  }

  void scaleObserved(const ScalePath &path, ArrayRef<double> factors) {
    if (!observed)
      return;
    auto it = observed->find(path.producer->getResult(0));
    if (it == observed->end())
      return;
    for (auto [c, factor] : llvm::enumerate(factors)) {
      it->second.min[c] = static_cast<float>(it->second.min[c] * factor);
      it->second.max[c] = static_cast<float>(it->second.max[c] * factor);
    }
  }

  func::FuncOp function;
  ChannelRanges *observed;
  const SmoothingOptions &options;
  Smoothing result;
};

struct Smooth : quantize::impl::SmoothBase<Smooth> {
  using SmoothBase::SmoothBase;

  void runOnOperation() override {
    SmoothingOptions options;
    options.alpha = alpha;
    options.powersOfTwo = powersOfTwo;
    options.headroom = headroom;
    options.deviations = deviations;
    const Smoothing done = smooth(getOperation(), nullptr, options);
    numPaths += done.paths;
    numChannels += done.channels;
  }
};

} // namespace

Smoothing quantize::smooth(func::FuncOp function, ChannelRanges *observed,
                           const SmoothingOptions &options) {
  return Smoother(function, observed, options).run();
}
