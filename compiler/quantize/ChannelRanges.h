// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The smallest and largest value of every channel in a float graph, seen on a
// few samples: what equalization and smoothing want to know about activations.

#ifndef QUENCH_COMPILER_QUANTIZE_CHANNELRANGES_H
#define QUENCH_COMPILER_QUANTIZE_CHANNELRANGES_H

#include "compiler/quantize/Calibrate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace quench::quantize {

/// One entry per channel of a value's last axis.
struct ChannelRange {
  std::vector<float> min, max;

  /// max(|min|, |max|) of a channel.
  float reach(int64_t channel) const;
};

/// Of the float results of a function's ops.
using ChannelRanges = llvm::DenseMap<mlir::Value, ChannelRange>;

/// Runs `function`, nn only, over at most `limit` samples (0: all) and rewinds
/// the data. Constant memory: two numbers a channel.
///
/// Errors, each a diagnostic: no sample; a sample that does not fit the
/// arguments; a value that is NaN or infinite, naming the tensor.
mlir::FailureOr<ChannelRanges> collectChannelRanges(mlir::func::FuncOp function,
                                                    DataSource &data,
                                                    int64_t limit = 0);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CHANNELRANGES_H
