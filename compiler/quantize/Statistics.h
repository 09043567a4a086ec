// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mean and deviation per channel of an op's result before its clamp, left on
// the op as a discardable attribute where batch normalization is folded: what
// data-free quantization knows about values without seeing any.

#ifndef QUENCH_COMPILER_QUANTIZE_STATISTICS_H
#define QUENCH_COMPILER_QUANTIZE_STATISTICS_H

#include "compiler/quantize/Affine.h"

namespace quench::quantize {

inline constexpr llvm::StringLiteral statisticsAttr = "quench.statistics";

/// One entry per channel of the last axis.
struct ChannelStatistics {
  std::vector<float> mean;
  std::vector<float> deviation; // >= 0

  int64_t channels() const { return mean.size(); }
};

/// The statistics on an op with one result; nothing where there are none, or
/// where they do not fit the result's channels (text may say anything).
std::optional<ChannelStatistics> statisticsOf(mlir::Operation *op);

void setStatistics(mlir::Operation *op, const ChannelStatistics &statistics);

/// Statistics of scale * x + shift: mean scale * mean + shift, deviation
/// |scale| * deviation.
ChannelStatistics mapped(ChannelStatistics statistics, const Affine &map);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_STATISTICS_H
