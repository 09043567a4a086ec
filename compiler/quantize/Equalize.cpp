// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nn-equalize: scales move between filters until their channels are alike.

#include "compiler/quantize/Equalize.h"

#include "compiler/quantize/Affine.h"
#include "compiler/quantize/Constants.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/ScalePath.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Notes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

namespace quench::quantize {
#define GEN_PASS_DEF_EQUALIZE
#include "compiler/quantize/Passes.h.inc"
} // namespace quench::quantize

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

namespace {

/// A filter with factors on its output and input channels that are not
/// multiplied in yet, so that each weight is rounded once.
struct Factored {
  FilterOp filter;
  std::vector<double> out, in;

  explicit Factored(FilterOp op)
      : filter(std::move(op)), out(filter.outChannels(), 1.0),
        in(filter.shape.back() * filter.groups, 1.0) {}

  /// Calls `see(oc, ic, |w|)` for each weight.
  void each(function_ref<void(int64_t, int64_t, double)> see) const {
    const int64_t inner = filter.filter.size() / filter.outChannels();
    const int64_t groupInput = filter.shape.back();
    const int64_t groupOutput = filter.outChannels() / filter.groups;
    for (int64_t oc = 0; oc < filter.outChannels(); ++oc) {
      const int64_t first = oc / groupOutput * groupInput;
      for (int64_t i = 0; i < inner; ++i) {
        const int64_t ic = first + i % groupInput;
        see(oc, ic,
            std::fabs(double(filter.filter[oc * inner + i])) * out[oc] *
                in[ic]);
      }
    }
  }
  std::vector<double> largestByOutput() const {
    std::vector<double> largest(out.size());
    each([&](int64_t oc, int64_t, double w) {
      largest[oc] = std::max(largest[oc], w);
    });
    return largest;
  }
  std::vector<double> largestByInput() const {
    std::vector<double> largest(in.size());
    each([&](int64_t, int64_t ic, double w) {
      largest[ic] = std::max(largest[ic], w);
    });
    return largest;
  }
};

/// Largest over median of the channels' largest weights: 1 is even, and what is
/// above costs log2 of it in bits where one scale serves all.
double spread(std::vector<double> largest) {
  llvm::erase_if(largest, [](double w) { return w == 0; });
  if (largest.empty())
    return 1;
  llvm::sort(largest);
  return largest.back() / largest[(largest.size() - 1) / 2];
}

class Equalizer {
public:
  Equalizer(func::FuncOp function, ChannelRanges *observed,
            const EqualizationOptions &options)
      : function(function), observed(observed), options(options) {}

  Equalization run() {
    findPaths();
    if (paths.empty())
      return result;
    std::vector<double> before;
    for (auto &[op, factored] : filters)
      before.push_back(spread(factored.largestByOutput()));
    bool changed = true;
    while (changed && result.sweeps < options.maxSweeps) {
      changed = false;
      for (Path &path : paths)
        changed |= equalizePath(path);
      ++result.sweeps;
    }
    // Notes first: they name ops by constants that are about to be replaced.
    for (auto [entry, was] : llvm::zip(filters, before))
      note(entry.first, was, spread(entry.second.largestByOutput()));
    apply();
    return result;
  }

private:
  struct Path : ScalePath {
    explicit Path(ScalePath path) : ScalePath(std::move(path)) {}
    /// Largest factor of a channel so far that keeps the clamp from acting and
    /// the tensor's range; infinite without either.
    std::vector<double> limit;
    int64_t clamped = 0; // channels that an upper clamp holds
  };

  Factored &factored(Operation *op) {
    auto it = filters.find(op);
    if (it == filters.end())
      it = filters.insert({op, Factored(*matchFilterOp(op))}).first;
    return it->second;
  }

  void findPaths() {
    function.walk([&](Operation *op) {
      if (!matchFilterOp(op))
        return;
      std::string reason;
      std::optional<ScalePath> path = findScalePath(op, reason);
      if (!path)
        return q::addNote(op, "not equalized: " + reason);
      auto known = knownRange(op, observed, options.deviations);
      if (std::isfinite(path->upper) && !known)
        return q::addNote(
            op, "not equalized: its clamp ends at " + shortText(path->upper) +
                    ", and without data or statistics nobody knows on which "
                    "channels it acts");
      factored(op);
      for (Operation *consumer : path->consumers)
        factored(consumer);
      paths.emplace_back(std::move(*path));
      limitChannels(paths.back(), known);
      ++result.paths;
    });
  }

  void limitChannels(Path &path, const std::optional<ChannelRange> &known) {
    const FilterOp &filter = factored(path.producer).filter;
    // Without anything else the bias says how large a channel is at least.
    auto sizeOf = [&](int64_t c) -> double {
      return known ? known->reach(c) : std::fabs(filter.bias[c]);
    };
    double largest = 0;
    for (int64_t c = 0; c < path.channels; ++c)
      largest = std::max(largest, sizeOf(c));
    for (int64_t c = 0; c < path.channels; ++c) {
      double limit = std::numeric_limits<double>::infinity();
      if (options.keepRange && sizeOf(c) > 0)
        limit = largest / sizeOf(c);
      if (std::isfinite(path.upper) && known->max[c] > 0) {
        const double clamp = path.upper / (known->max[c] * options.headroom);
        // Where the clamp acts, 1 is the one factor that keeps the function.
        if (clamp < 1) {
          limit = 0;
          ++path.clamped;
        }
        limit = std::min(limit, clamp);
      }
      path.limit.push_back(limit);
    }
  }

  /// The factor of a channel of the producer, 1 / s, near `wanted`.
  double factorNear(double wanted, double sofar, double limit) const {
    if (limit == 0)
      return 1;
    double factor = wanted;
    const double most = limit / sofar;
    if (!options.powersOfTwo)
      return std::min(factor, most);
    factor = std::exp2(std::round(std::log2(factor)));
    return factor <= most ? factor : std::exp2(std::floor(std::log2(most)));
  }

  /// True if a scale moved.
  bool equalizePath(Path &path) {
    Factored &producer = factored(path.producer);
    const std::vector<double> first = producer.largestByOutput();
    std::vector<double> second(path.channels);
    for (Operation *op : path.consumers) {
      const std::vector<double> byInput = factored(op).largestByInput();
      for (auto [k, channel] : llvm::enumerate(inputChannels(op, path.view)))
        second[channel] = std::max(second[channel], byInput[k]);
    }
    bool changed = false;
    std::vector<double> factors(path.channels, 1.0);
    for (int64_t c = 0; c < path.channels; ++c) {
      if (first[c] == 0 || second[c] == 0)
        continue;
      factors[c] = factorNear(std::sqrt(second[c] / first[c]), producer.out[c],
                              path.limit[c]);
      // A fixed point is reached in powers of two, and nearly so without.
      changed |= std::fabs(std::log2(factors[c])) > 1e-3;
      producer.out[c] *= factors[c];
    }
    for (Operation *op : path.consumers)
      for (auto [k, channel] : llvm::enumerate(inputChannels(op, path.view)))
        factored(op).in[k] /= factors[channel];
    return changed;
  }

  void note(Operation *op, double before, double after) {
    const Path *path = llvm::find_if(
        paths, [&](const Path &other) { return other.producer == op; });
    std::string text = "equalized: largest/median |w| of output channels " +
                       shortText(before) + " -> " + shortText(after);
    if (path != paths.end()) {
      ArrayRef<double> out = factored(op).out;
      text += llvm::formatv(
          "; {0} of {1} channels scaled by {2} to {3}",
          llvm::count_if(out, [](double factor) { return factor != 1; }),
          out.size(), shortText(*llvm::min_element(out)),
          shortText(*llvm::max_element(out)));
      if (path->clamped)
        text += llvm::formatv(", {0} held by the clamp at {1}", path->clamped,
                              shortText(path->upper));
    }
    q::addNote(op, text);
  }

  void apply() {
    IRRewriter rewriter(function.getContext());
    for (Path &path : paths) {
      ArrayRef<double> out = factored(path.producer).out;
      result.channels +=
          llvm::count_if(out, [](double factor) { return factor != 1; });
    }
    auto isOne = [](double factor) { return factor == 1; };
    for (auto &[op, factors] : filters) {
      if (!llvm::all_of(factors.out, isOne))
        scaleChannels(rewriter, op, factors.out);
      if (!llvm::all_of(factors.in, isOne))
        scaleInputs(rewriter, op, {int64_t(factors.in.size()), 1}, factors.in);
    }
    if (observed)
      for (Path &path : paths)
        scaleObserved(path);
    eraseUnusedConstants(function);
  }

  /// Ranges along the path, from the producer up to the consumers.
  void scaleObserved(const Path &path) {
    ArrayRef<double> factors = factored(path.producer).out;
    ChannelView view = lastAxis(path.producer->getResult(0));
    for (Operation *op = path.producer;;) {
      auto it = observed->find(op->getResult(0));
      if (it != observed->end())
        for (size_t i = 0; i < it->second.min.size(); ++i) {
          const double factor = factors[view.channelOf(i)];
          it->second.min[i] = static_cast<float>(it->second.min[i] * factor);
          it->second.max[i] = static_cast<float>(it->second.max[i] * factor);
        }
      op = *op->user_begin();
      if (llvm::is_contained(path.consumers, op))
        return;
      view = *viewBehind(op, view);
      // Ranges are per index of the last axis: behind a transpose that put
      // space there, an index holds all channels and no one factor.
      if (view.inner != 1)
        observed->erase(op->getResult(0));
    }
  }

  func::FuncOp function;
  ChannelRanges *observed;
  const EqualizationOptions &options;
  llvm::MapVector<Operation *, Factored> filters;
  SmallVector<Path> paths;
  Equalization result;
};

struct Equalize : quantize::impl::EqualizeBase<Equalize> {
  using EqualizeBase::EqualizeBase;

  void runOnOperation() override {
    EqualizationOptions options;
    options.powersOfTwo = powersOfTwo;
    options.maxSweeps = maxSweeps;
    options.headroom = headroom;
    options.deviations = deviations;
    options.keepRange = keepRange;
    const Equalization done = equalize(getOperation(), nullptr, options);
    numPaths += done.paths;
    numChannels += done.channels;
  }
};

} // namespace

Equalization quantize::equalize(func::FuncOp function, ChannelRanges *observed,
                                const EqualizationOptions &options) {
  return Equalizer(function, observed, options).run();
}
