// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mean, variance and range of every channel of a value, and how they join.

#ifndef QUENCH_COMPILER_QUANTIZE_MOMENTS_CHANNELMOMENTS_H
#define QUENCH_COMPILER_QUANTIZE_MOMENTS_CHANNELMOMENTS_H

#include "compiler/quantize/ChannelView.h"
#include "compiler/quantize/moments/Normal.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace quench::quantize {

/// What is expected of one channel.
struct Expected {
  Moments moments;
  double low = 0, high = 0; // finite; where its values lie
};

/// Channels of a value without a sample of it.
struct ChannelMoments {
  std::vector<Expected> channels;
  int64_t inner = 1;
  /// Products with a filter since the last statistics, or the graph's input:
  /// each one takes channels for independent, which they are not.
  int64_t distance = 0;

  ChannelView view() const { return {int64_t(channels.size()), inner}; }
  double low() const;
  double high() const;

  /// The values between bounds only, low <= high.
  void clamp(double low, double high);
};

/// One channel that takes each of `parts` with the same probability:
/// variances of the parts plus the variance of their means.
Expected mixture(llvm::ArrayRef<Expected> parts);

/// The same moments in channels of the last axis of `value`; where the view
/// runs along other axes, each channel is the mixture of all.
ChannelMoments alongLastAxis(const ChannelMoments &moments, mlir::Value value);

/// A constant: each channel of the last axis is the mixture of its numbers.
ChannelMoments constantMoments(llvm::ArrayRef<float> values, int64_t channels);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_MOMENTS_CHANNELMOMENTS_H
