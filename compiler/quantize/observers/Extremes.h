// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Smallest and largest value of many, and whether all are finite: what every
// observer and calibration itself ask of whole tensors.

#ifndef QUENCH_COMPILER_QUANTIZE_OBSERVERS_EXTREMES_H
#define QUENCH_COMPILER_QUANTIZE_OBSERVERS_EXTREMES_H

#include "compiler/quantize/observers/Observer.h"

namespace quench::quantize {

/// The extremes of at least one value, none of them NaN. The sign of a zero is
/// not defined.
Range extremes(llvm::ArrayRef<float> values);

/// Index of the first NaN or infinity, or -1.
int64_t firstNotFinite(llvm::ArrayRef<float> values);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_OBSERVERS_EXTREMES_H
