// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantization without data: ranges and bias correction from statistics of
// batch normalization.
//
// Source: Nagel, van Baalen, Blankevoort, Welling, "Data-Free Quantization
// Through Weight Equalization and Bias Correction", ICCV 2019.

#ifndef QUENCH_COMPILER_QUANTIZE_DATAFREE_H
#define QUENCH_COMPILER_QUANTIZE_DATAFREE_H

#include "compiler/quantize/moments/Propagate.h"

namespace quench::quantize {

/// Sets `range` of every qf.observe that is not passive, and `samples` to 0:
/// the smallest and largest value that propagateMoments expects. Errors are
/// those of propagateMoments; the function is then left as it was.
mlir::LogicalResult dataFreeRanges(mlir::func::FuncOp function,
                                   const MomentOptions &options);

/// Quantized weights shift the mean of what a filter computes (section 4.2):
///   bias[oc] -= sum (wq - w)[oc, ...] * E[x[channel]]
/// for every filter whose expected input is known. On a qf function behind
/// qf-assign-parameters and before qf-fold-constants, where both w and its grid
/// are there. A filter without a bias gets one. Each correction is a note with
/// its size. Errors are those of propagateMoments.
mlir::LogicalResult correctBiasAnalytically(mlir::func::FuncOp function,
                                            const MomentOptions &options);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_DATAFREE_H
