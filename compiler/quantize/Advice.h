// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is wrong with a quantized model, layer by layer, and the way out.

#ifndef QUENCH_COMPILER_QUANTIZE_ADVICE_H
#define QUENCH_COMPILER_QUANTIZE_ADVICE_H

#include "compiler/quantize/Measure.h"

namespace quench::quantize {

enum class WarningKind {
  Clipped,       ///< values beyond the ends of the grid
  UnusedRange,   ///< codes that never occur
  RangeClash,    ///< one input is small beside the others
  DeadChannels,  ///< channels that are always 0
  RaisedScales,  ///< filters made coarse by their bias
  NearOverflow,  ///< an accumulator or a bias close to the end of int32
  ChannelSpread, ///< most channels are small beside the largest
  Drift,         ///< the mean of a channel has moved
  CoarseFilter,  ///< the weights alone are far off
};

/// One kind: its name in JSON, and what one can do.
struct WarningRow {
  WarningKind kind;
  const char *name;
  const char *advice;
};
const WarningRow &row(WarningKind kind);

struct Warning {
  WarningKind kind;
  size_t layer; ///< into Measurement::layers
  std::string text;
};

/// By kind; within a kind by what the layer does to the outputs, most first.
/// Thresholds are in Advice.cpp and docs/report.md.
std::vector<Warning> findWarnings(const Measurement &measurement);

/// Indices of the layers that hurt most, worst first: by what would be regained
/// without them or, where that was not measured, by their local SQNR. Only
/// layers with an error.
std::vector<size_t> worstLayers(const Measurement &measurement, size_t count);

/// Where most of a layer's own error (its local one, where that was not
/// measured) comes from, as a sentence with what to do: clipping, rounding its
/// result (scale^2 / 12 an element), its filter, or its inputs.
std::string causeOf(const LayerMeasure &layer);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_ADVICE_H
