// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cross-layer equalization: the same function from filters whose channels are
// of like size, so that one scale serves them all.
//
// Source: Nagel, van Baalen, Blankevoort, Welling, "Data-Free Quantization
// Through Weight Equalization and Bias Correction", ICCV 2019, section 4.1.

#ifndef QUENCH_COMPILER_QUANTIZE_EQUALIZE_H
#define QUENCH_COMPILER_QUANTIZE_EQUALIZE_H

#include "compiler/quantize/ChannelRanges.h"

namespace quench::quantize {

struct EqualizationOptions {
  /// Scales are powers of two: the float graph computes the same bits.
  bool powersOfTwo = true;
  int64_t maxSweeps = 50;
  /// An upper clamp is taken not to act on a channel whose known maximum times
  /// this lies below it: data that comes later may be larger.
  double headroom = 1.5;
  /// Statistics of batch normalization stand for values up to
  /// mean + this * deviation.
  double deviations = 6;
  /// No channel grows beyond what is the largest of its tensor before, so that
  /// the tensor's range stays: its scale is not paid with activations.
  bool keepRange = true;
};

struct Equalization {
  int64_t paths = 0;    // producers with consumers, found equalizable
  int64_t channels = 0; // with a scale other than 1
  int64_t sweeps = 0;
};

/// For each pair of filters with one channel between them,
///   r1 = max |w1[channel, ...]|, r2 = max |w2[..., channel]|,
///   s = sqrt(r1 / r2):  w1 / s, bias1 / s, w2 * s,
/// which makes both maxima sqrt(r1 * r2). Sweeps over all pairs until no scale
/// changes; over a chain (expand, depthwise, project) this converges to the
/// form of three tensors, each maximum (r1 r2 r3)^(1/3).
///
/// An upper clamp stays one number for all channels: channels where it acts, or
/// might, keep s = 1; the others grow at most up to it. What is known about
/// channels is `observed` (may be null, is scaled along), else statistics of
/// batch normalization; without either no path with an upper clamp is scaled.
/// Every decision and refusal is a note on the op.
Equalization equalize(mlir::func::FuncOp function, ChannelRanges *observed,
                      const EqualizationOptions &options = {});

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_EQUALIZE_H
