// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is expected of every value of a graph, without data: moments of
// channels, from the statistics that batch normalization left, op by op.

#ifndef QUENCH_COMPILER_QUANTIZE_MOMENTS_PROPAGATE_H
#define QUENCH_COMPILER_QUANTIZE_MOMENTS_PROPAGATE_H

#include "compiler/quantize/moments/ChannelMoments.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace quench::quantize {

/// One input of the graph: one entry, or one per channel (the axis behind the
/// batch where its size fits, else the last).
using InputMoments = std::vector<Expected>;

/// Numbers between low and high about which nothing else is known: mean in the
/// middle, variance (high - low)^2 / 12.
Expected evenlyBetween(double low, double high);

struct MomentOptions {
  /// A value with mean m and deviation d lies in m +- deviations * d. Nagel et
  /// al., ICCV 2019, section 5, use 6.
  double deviations = 6;
  std::vector<InputMoments> inputs; // one per argument of the function
  /// Products with filters in a row without statistics, at most.
  int64_t maxDistance = 3;
};

using MomentTable = llvm::DenseMap<mlir::Value, ChannelMoments>;

/// Moments of every float value of an nn or qf function.
///
/// An op with statistics has the normal distribution they say, clipped by its
/// clamp (clippedNormal); other filters add up their inputs as independent
/// variables, E = sum w E[x] + bias, Var = sum w^2 Var[x]; sums add both;
/// unary functions are integrated; pools, means and movement keep moments (as
/// if the pixels of a channel were one variable, which is on the safe side).
/// Ranges are m +- deviations * d inside what interval arithmetic allows.
///
/// Errors, each a diagnostic with the way out: a filter too far behind any
/// statistics (a file whose batch norms were folded by the exporter names its
/// first one); an op with no rule; inputs that do not fit the arguments.
mlir::FailureOr<MomentTable> propagateMoments(mlir::func::FuncOp function,
                                              const MomentOptions &options);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_MOMENTS_PROPAGATE_H
