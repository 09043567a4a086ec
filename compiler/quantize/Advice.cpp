// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Thresholds and sentences.

#include "compiler/quantize/Advice.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <tuple>

using namespace quench::quantize;

namespace {

/// More than this share of the values lies outside the grid.
constexpr double clippedShare = 0.001;
/// Less than this share of the codes occurs: one bit of eight is lost.
constexpr double usedShare = 0.5;
/// An input narrower than this share of all inputs' range has less than 5 of 8
/// bits.
constexpr double clashShare = 1.0 / 8;
/// The mean of a channel is off by more than this many steps of the grid.
constexpr double driftSteps = 1;
/// A quarter of int32: what a device adds on top must not wrap.
constexpr int64_t largeSum = int64_t(1) << 30;

constexpr WarningRow rows[] = {
    {WarningKind::Clipped,       "clipped",
     "calibrate with data that have such values, or take an observer that "
     "keeps more of the range (--observer)"                                   },
    {WarningKind::UnusedRange,   "unused-range",
     "calibrate with data of the range that occurs, take an observer that "
     "leaves outliers out (--observer), or see to it that a concat gives this "
     "tensor no grid of larger ones"                                          },
    {WarningKind::RangeClash,    "range-clash",
     "give the input a range like that of the others by scaling the channels "
     "of its producer in training, or more bits by an override of the QConfig"},
    {WarningKind::DeadChannels,  "dead-channels",
     "remove these channels from the network: they cost time and weights "
     "and compute nothing"                                                    },
    {WarningKind::RaisedScales,  "raised-scales",
     "channels with a large bias and small weights: remove dead channels, or "
     "fold batch normalization with a larger epsilon"                         },
    {WarningKind::NearOverflow,  "near-overflow",
     "split the reduction or use smaller filters; the proof holds, but "
     "little room is left"                                                    },
    {WarningKind::ChannelSpread, "channel-spread",
     "equalize the channels of this layer and the next one (--equalize), or "
     "train with weight decay"                                                },
    {WarningKind::Drift,         "drift",
     "correct the bias for the mean error of the layer (--qconfig=default, or "
     "more samples for it), or calibrate with more data"                      },
    {WarningKind::CoarseFilter,  "coarse-filter",
     "one scale per channel (no --per-tensor), weights without outliers, or "
     "training with fake quantization"                                        },
};

/// That of a grid with 8 bits on the same range: what a finer one loses below
/// it needs no advice.
double coarseStep(const GridFacts &grid) {
  return std::max(grid.scale, (grid.high() - grid.low()) / 255);
}
bool isWide(const GridFacts &grid) { return grid.max - grid.min > 255; }

/// How far the float model's values lie outside the grid.
double overshoot(const LayerMeasure &layer) {
  if (layer.range.points().empty())
    return 0;
  const RangeTrack::Point &seen = layer.range.points().back();
  return std::max(seen.max - layer.grid->high(), layer.grid->low() - seen.min);
}

/// Four digits: "63.5", "1e-05".
std::string brief(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", value);
  return text;
}

class Finder {
public:
  explicit Finder(std::vector<Warning> &warnings) : warnings(warnings) {}

  void look(const LayerMeasure &layer, size_t index) {
    at = index;
    lookAtCodes(layer);
    lookAtInputs(layer);
    lookAtFilter(layer);
    if (!layer.grid || layer.channels.drift.empty())
      return;
    if (const int64_t small = layer.channels.small();
        small && !isWide(*layer.grid))
      add(WarningKind::ChannelSpread,
          llvm::formatv("{0} of {1} channels stay below 1/{2} of the largest "
                        "one: they lose more than {3} bits",
                        small, layer.channels.largest.size(),
                        int(1 / ChannelSums::smallShare),
                        int(-std::log2(ChannelSums::smallShare))));
    const size_t worst = layer.channels.worst();
    const double steps = layer.channels.mean(worst) / coarseStep(*layer.grid);
    if (std::fabs(steps) > driftSteps)
      add(WarningKind::Drift,
          llvm::formatv("channel {0} is off by {1:F1} steps on average", worst,
                        steps));
  }

private:
  template <typename Text>
  void add(WarningKind kind, const Text &text) {
    warnings.push_back({kind, at, text.str()});
  }

  void lookAtCodes(const LayerMeasure &layer) {
    const CodeUse &codes = layer.codes;
    if (!codes.count())
      return;
    if (codes.clippedShare() > clippedShare &&
        (!isWide(*layer.grid) || overshoot(layer) > coarseStep(*layer.grid)))
      add(WarningKind::Clipped,
          llvm::formatv("{0:F2} % of the values are clipped to [{1}, {2}]: "
                        "{3} below, {4} above",
                        100 * codes.clippedShare(), brief(layer.grid->low()),
                        brief(layer.grid->high()), codes.clippedLow(),
                        codes.clippedHigh()));
    // Constant tensors have no range to use.
    if (codes.rangeUse() < usedShare && codes.largest() > codes.smallest() &&
        !isWide(*layer.grid))
      add(WarningKind::UnusedRange,
          llvm::formatv("uses {0} of {1} codes, {2} to {3}",
                        codes.largest() - codes.smallest() + 1,
                        layer.grid->max - layer.grid->min + 1, codes.smallest(),
                        codes.largest()));
  }

  void lookAtInputs(const LayerMeasure &layer) {
    if (layer.inputs.size() < 2)
      return;
    Range all{0, 0};
    for (const MixedInput &input : layer.inputs)
      all = unite(all, input.range);
    const double width = double(all.max) - all.min;
    for (const MixedInput &input : layer.inputs) {
      const Range own = unite(input.range, Range{0, 0});
      const double share = (double(own.max) - own.min) / width;
      if (width > 0 && share < clashShare && share > 0)
        add(WarningKind::RangeClash,
            llvm::formatv("input '{0}' with [{1}, {2}] takes {3:F1} % of the "
                          "inputs' range [{4}, {5}]: {6:F1} bits less",
                          input.name, brief(input.range.min),
                          brief(input.range.max), 100 * share, brief(all.min),
                          brief(all.max), -std::log2(share)));
    }
  }

  void lookAtFilter(const LayerMeasure &layer) {
    if (!layer.filter)
      return;
    const FilterFacts &filter = *layer.filter;
    // Codes that are all 0 are a coarse filter.
    if (const int64_t dead = layer.channels.dead())
      add(WarningKind::DeadChannels,
          llvm::formatv("{0} of {1} channels are always 0", dead,
                        filter.channels));
    if (filter.raisedChannels)
      add(WarningKind::RaisedScales,
          llvm::formatv("{0} of {1} channels use less than half of the filter "
                        "codes, because their bias is large",
                        filter.raisedChannels, filter.channels));
    if (filter.largestBound >= largeSum)
      add(WarningKind::NearOverflow,
          llvm::formatv("the accumulator can reach {0}, of {1}",
                        filter.largestBound, INT32_MAX));
    if (filter.coarseChannels)
      add(WarningKind::CoarseFilter,
          llvm::formatv("the filter codes of {0} of {1} channels have less "
                        "than {2} dB, the worst {3:F1}",
                        filter.coarseChannels, filter.channels,
                        int(FilterFacts::coarseFilter), filter.worstSqnr));
  }

  std::vector<Warning> &warnings;
  size_t at = 0;
};

} // namespace

const WarningRow &quench::quantize::row(WarningKind kind) {
  const WarningRow *found = llvm::find_if(
      rows, [&](const WarningRow &row) { return row.kind == kind; });
  assert(found != std::end(rows) && "every kind has a row");
  return *found;
}

std::vector<Warning>
quench::quantize::findWarnings(const Measurement &measurement) {
  std::vector<Warning> warnings;
  Finder finder(warnings);
  const std::vector<LayerMeasure> &layers = measurement.layers;
  for (size_t i = 0; i < layers.size(); ++i)
    finder.look(layers[i], i);
  llvm::sort(warnings, [&](const Warning &a, const Warning &b) {
    auto key = [&](const Warning &w) {
      return std::tuple(w.kind, -layers[w.layer].aloneNoise.value_or(0),
                        w.layer);
    };
    return key(a) != key(b) ? key(a) < key(b) : a.text < b.text;
  });
  return warnings;
}

std::vector<size_t>
quench::quantize::worstLayers(const Measurement &measurement, size_t count) {
  const std::vector<LayerMeasure> &layers = measurement.layers;
  const bool byOutput = measurement.attributionSamples > 0;
  std::vector<size_t> order;
  for (size_t i = 0; i < layers.size(); ++i)
    if (!layers[i].isIndex && layers[i].local.noise > 0)
      order.push_back(i);
  auto badness = [&](size_t i) {
    return byOutput ? layers[i].aloneNoise.value_or(0)
                    : -layers[i].local.sqnr();
  };
  llvm::sort(order, [&](size_t a, size_t b) {
    return badness(a) != badness(b) ? badness(a) > badness(b) : a < b;
  });
  order.resize(std::min(order.size(), count));
  return order;
}

std::string quench::quantize::causeOf(const LayerMeasure &layer) {
  const ErrorSums &error = layer.own.count ? layer.own : layer.local;
  if (layer.codes.clippedShare() > clippedShare)
    return "values are clipped at the ends of the grid";
  const double step = layer.grid ? layer.grid->scale : 0;
  if (double(error.count) * step * step / 12 > error.noise / 2)
    return layer.channels.small()
               ? "rounding small channels to the grid of the large ones: "
                 "equalize the channels of this layer and the next (--equalize)"
               : "rounding the result to its grid: a narrower range or more "
                 "bits";
  if (layer.own.count ||
      (layer.filter && layer.filter->error.signal > 0 &&
       layer.filter->error.noise / layer.filter->error.signal >
           error.noise / error.signal / 2))
    return !layer.filter ? "the integer arithmetic of this op"
           : layer.filter->perChannel
               ? "rounding the filter: correct the bias (--qconfig=default), "
                 "round by AdaRound (an adaround in the QConfig), or train "
                 "with "
                 "fake quantization"
               : "rounding the filter: one scale per channel (no --per-tensor)";
  return "rounding the inputs: finer grids in front of this layer";
}
