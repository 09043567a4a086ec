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
