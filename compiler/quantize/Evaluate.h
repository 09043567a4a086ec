// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How near the outputs of a quantized model are to those of the float model:
// Measure.h without the layers between.

#ifndef QUENCH_COMPILER_QUANTIZE_EVALUATE_H
#define QUENCH_COMPILER_QUANTIZE_EVALUATE_H

#include "compiler/quantize/Calibrate.h"
#include "compiler/quantize/Metrics.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace quench::quantize {

struct EvaluateOptions {
  /// The class of each sample, in order; empty: the float model's answer is
  /// taken to be right.
  llvm::ArrayRef<int64_t> labels;
  unsigned jobs = 0; ///< as in CalibrateOptions
  CalibrationProgress progress;
};

struct Evaluation {
  int64_t samples = 0;
  std::vector<ErrorSums> outputs; ///< empty sums where an output is no float
  /// Samples that each model classes rightly.
  int64_t floatRight = 0, quantizedRight = 0;

  /// Of the noisiest output, in dB.
  double sqnr() const;
  /// Top-1 accuracy lost, in percent of the samples; negative for a gain.
  double drop() const;
};

/// Index of the first output that is a list of scores, float [1, n] with n of
/// at least 2; nothing without one.
std::optional<unsigned> scoresOf(mlir::func::FuncOp function);

/// Runs all of `data`, which is rewound first, through both functions, which
/// have the same arguments and results. Top-1 looks at scoresOf(); without it
/// nothing counts as right.
///
/// Errors, each a diagnostic: no sample at all, a sample that does not fit the
/// arguments, fewer labels than samples.
mlir::FailureOr<Evaluation> evaluate(mlir::func::FuncOp floatFunction,
                                     mlir::func::FuncOp quantizedFunction,
                                     DataSource &data,
                                     const EvaluateOptions &options = {});

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_EVALUATE_H
