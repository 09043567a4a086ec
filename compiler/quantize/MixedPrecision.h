// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which layers to give more bits, or fewer: candidates in the order in which
// they are worth it. Noise of independent roundings adds up, so one measurement
// of what each layer alone does to the outputs ranks them all (the sensitivity
// of Dong et al. 2019, HAWQ, measured instead of estimated from curvature).

#ifndef QUENCH_COMPILER_QUANTIZE_MIXEDPRECISION_H
#define QUENCH_COMPILER_QUANTIZE_MIXEDPRECISION_H

#include "compiler/quantize/Measure.h"
#include "compiler/quantize/QConfig.h"

namespace quench::quantize {

enum class MoveKind {
  WideActivations, ///< results of 16 bits, for a whole group with one grid
  WideFilter,      ///< a filter of fewer bits gets 8
  Float,           ///< the layer stays float
  NarrowFilter     ///< a filter gets 4 bits
};

/// A change to a QConfig.
struct Move {
  MoveKind kind;
  std::vector<std::string> names; ///< of the tensors that are changed
  /// Noise at the outputs relative to the outputs, summed over them: what goes
  /// away, or comes for NarrowFilter.
  double noise = 0;
  /// What it is weighed against: layers, a float one counted twice because it
  /// takes about twice the time of a 16-bit one; bytes saved for NarrowFilter.
  double cost = 1;
};

/// What measure() found of the same model in different precision, with
/// aloneNoise for each layer.
struct Sensitivity {
  const Measurement &given; ///< as the QConfig says
  const Measurement &wide;  ///< all activations of 16 bits
  const Measurement &exact; ///< and all filters of 8, if any has fewer
};

/// Whether an integer layer's filter has fewer than 8 bits.
bool hasNarrowFilter(mlir::func::FuncOp qfloat, const QConfig &config);

/// What can make `qfloat`, quantized as `config` says, more exact. Most noise
/// for its cost first; what removes none is left out.
std::vector<Move> raisingMoves(mlir::func::FuncOp qfloat, const QConfig &config,
                               const Sensitivity &sensitivity);

/// Moves that change the type of an input or output of the model.
bool touchesBorder(const Move &move, mlir::func::FuncOp qfloat);

/// Filters of more than 4 bits that can have 4, `narrow` being the measurement
/// with all of them. Least noise for the bytes saved first.
std::vector<Move> loweringMoves(mlir::func::FuncOp qfloat,
                                const QConfig &config, const Measurement &given,
                                const Measurement &narrow);

/// The QConfig with these changes: an override for each kind, last, that lists
/// the names.
QConfig withMoves(QConfig config, llvm::ArrayRef<Move> moves);

/// For everything, to measure with: an override without a name.
QConfig withWideActivations(QConfig config);
QConfig withExactFilters(QConfig config);
QConfig withNarrowFilters(QConfig config);

/// The smallest n from 1 to `count` with `suffices(n)`, by bisection, supposing
/// that more never makes it worse; count + 1 for none. Has been called for n
/// then, and for n - 1 unless that is 0. A failure ends it.
mlir::FailureOr<size_t>
fewest(size_t count,
       llvm::function_ref<mlir::FailureOr<bool>(size_t)> suffices);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_MIXEDPRECISION_H
