// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What data can still mend once scales are chosen: the codes of filters
// (AdaRound) and of biases (bias correction). Layer by layer in execution
// order, each with the inputs that the quantized layers before it really make.

#ifndef QUENCH_COMPILER_QUANTIZE_CORRECT_H
#define QUENCH_COMPILER_QUANTIZE_CORRECT_H

#include "compiler/quantize/Calibrate.h"
#include "compiler/quantize/QConfig.h"

#include "mlir/IR/BuiltinOps.h"

namespace quench::quantize {

/// Changes codes in `qfloat` (level qf, after assign), whose float twin (level
/// nn, folded) is `floating`, as `algorithms` says:
///
///   AdaRound         filters of conv2d and linear (AdaRound.h);
///   bias correction  b += E[y] - E[y^], per output channel over samples and
///                    pixels, y before the clamp (Nagel et al. 2019, Data-Free
///                    Quantization Through Weight Equalization and Bias
///                    Correction, section 4.2, the empirical form). A bias is
///                    added where there is none; codes stay within 2^22.
///
/// Looks at the first `algorithms.samples` of `data`, which is rewound first;
/// at fewer where they would need more than half a gigabyte. What was done is noted
/// on each op. `progress` counts layers.
mlir::LogicalResult correct(mlir::ModuleOp floating, mlir::ModuleOp qfloat,
                            DataSource &data, const Algorithms &algorithms,
                            CalibrationProgress progress = nullptr);

/// The first samples, at most `limit`, of a source that is rewound first. A
/// failure is a diagnostic at `loc`.
mlir::FailureOr<std::vector<std::vector<interpret::Tensor>>>
firstSamples(mlir::Location loc, DataSource &data, int64_t limit);

/// `wanted`, or fewer, so that lockstep execution of the function takes less
/// than half a gigabyte; at least 1.
int64_t affordableSamples(mlir::ModuleOp module, int64_t wanted);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_CORRECT_H
