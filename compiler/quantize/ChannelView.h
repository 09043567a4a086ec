// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which channel an element of a tensor belongs to, also behind ops that move
// elements around.

#ifndef QUENCH_COMPILER_QUANTIZE_CHANNELVIEW_H
#define QUENCH_COMPILER_QUANTIZE_CHANNELVIEW_H

#include "mlir/IR/Operation.h"

#include <optional>

namespace quench::quantize {

/// Element i, counted in row-major order, is of channel (i / inner) % count.
/// Channels last have inner 1; channels first inner H * W.
struct ChannelView {
  int64_t count = 1;
  int64_t inner = 1;

  int64_t channelOf(int64_t element) const { return element / inner % count; }
  bool operator==(const ChannelView &other) const {
    return count == other.count && inner == other.inner;
  }
};

/// The channels of the last axis.
ChannelView lastAxis(mlir::Value value);

/// The axis of `value` that counts the channels; nothing where the view runs
/// over several axes (behind a reshape).
std::optional<int64_t> axisOf(mlir::Value value, const ChannelView &view);

/// View of the result of `op` for a view of its first operand: elementwise ops,
/// pools, means over space, resizes and data movement that leave channels
/// whole. Nothing where channels are mixed, cut or unknown.
std::optional<ChannelView> viewBehind(mlir::Operation *op,
                                      const ChannelView &view);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CHANNELVIEW_H
