// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a factor per channel can move from the op that makes a value into the
// ops that use it without changing what the graph computes.

#ifndef QUENCH_COMPILER_QUANTIZE_SCALEPATH_H
#define QUENCH_COMPILER_QUANTIZE_SCALEPATH_H

#include "compiler/quantize/ChannelRanges.h"
#include "compiler/quantize/ChannelView.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SmallVector.h"

#include <limits>
#include <string>

namespace quench::quantize {

/// producer -> ops f with f(k x) = k f(x) for every k > 0 -> consumers with a
/// constant filter. Multiplying output channel c of the producer by k and input
/// channel c of the consumers by 1 / k changes nothing, but for upper clamps.
struct ScalePath {
  mlir::Operation *producer = nullptr;
  llvm::SmallVector<mlir::Operation *> consumers; // each by its operand 0
  ChannelView view;                               // at the consumers' operand
  int64_t channels = 0;
  /// The least upper bound of a clamp on the way.
  float upper = std::numeric_limits<float>::infinity();
};

/// The path that begins at `producer`, whose result has one user or users that
/// are all consumers; else nothing, and `reason` says why. The producer is one
/// that canScaleChannels.
std::optional<ScalePath> findScalePath(mlir::Operation *producer,
                                       std::string &reason);

/// True for an op whose result's channels can be scaled through constants:
/// conv2d, conv_transpose2d, linear, mul with a constant per channel, and
/// layer_norm over the last axis.
bool canScaleChannels(mlir::Operation *op);

/// Multiplies the channels of the op's result, and of its statistics, by
/// `factors`: exact in float where they are powers of two.
void scaleChannels(mlir::RewriterBase &rewriter, mlir::Operation *op,
                   llvm::ArrayRef<double> factors);

/// Multiplies the input channels of a filter op by `factors`, which are those
/// of a path with this view.
void scaleInputs(mlir::RewriterBase &rewriter, mlir::Operation *op,
                 const ChannelView &view, llvm::ArrayRef<double> factors);

/// Input channel of a path for each input channel of the filter op.
std::vector<int64_t> inputChannels(mlir::Operation *op,
                                   const ChannelView &view);

/// What is known about the channels of an op's result behind its clamp: seen in
/// data, else mean +- `deviations` * deviation of its statistics. For a
/// layer_norm the statistics are its own: mean bias, deviation |scale|.
std::optional<ChannelRange> knownRange(mlir::Operation *op,
                                       const ChannelRanges *observed,
                                       double deviations);

/// Three digits of a number, for notes.
std::string shortText(double value);

/// Takes unused constants away.
void eraseUnusedConstants(mlir::func::FuncOp function);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_SCALEPATH_H
