// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Filters between observer and grid: how they are to be quantized, and where
// their weights are clipped.

#ifndef QUENCH_COMPILER_QUANTIZE_FILTERCLIPS_H
#define QUENCH_COMPILER_QUANTIZE_FILTERCLIPS_H

#include "compiler/quantize/QConfig.h"

#include "mlir/IR/Operation.h"

#include <cstdint>
#include <vector>

namespace quench::quantize {

/// The constant filter of a conv2d, conv_transpose2d or linear.
struct ObservedFilter {
  std::vector<float> weights; // [channels][taps]
  int64_t channels = 0;
  Scheme scheme;
  std::string fakeQuant;
  /// Magnitude from which weights are clipped: one per channel, or one.
  std::vector<float> clips;
  /// The same for groups, [channels][taps][groups of a tap], where the scheme
  /// has some; a channel is then clipped where its largest group is.
  std::vector<float> groupClips;
  /// The scheme asks for groups of more input channels than a tap has: a scale
  /// per channel does it.
  bool tooFewForGroups = false;

  /// Of the codes: 8 bits per channel where there are groups.
  Scheme codeScheme() const;

  /// Largest sum of |code| over an output channel, when nothing raises the
  /// scales (which only makes codes smaller).
  int64_t largestSum() const;
};

/// Observes the filter of `op` by the qf.observe on it or, without one, by its
/// extremes, as 8 bits, narrow, per channel. `config` has the parameters of
/// observers. Nothing if the filter is not constant.
std::optional<ObservedFilter> observeFilter(mlir::Operation *op,
                                            const QConfig &config);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FILTERCLIPS_H
