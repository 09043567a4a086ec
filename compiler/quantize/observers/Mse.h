// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The range whose grid loses least, in the sense of least squares: what is
// gained inside by finer steps against what is lost by clipping outside.

#ifndef QUENCH_COMPILER_QUANTIZE_OBSERVERS_MSE_H
#define QUENCH_COMPILER_QUANTIZE_OBSERVERS_MSE_H

#include "compiler/quantize/fakequant/Grid.h"
#include "compiler/quantize/observers/Histogram.h"

namespace quench::quantize {

/// Sum of count * (x - y)^2, where y is the number of the grid nearest to x.
/// Exact for values that are spread evenly inside their masses.
double squaredError(llvm::ArrayRef<Mass> masses, const Grid &grid);

/// The range inside `seen` with the smallest squaredError of its grid: every
/// scale of a geometric series with every zero point, the best of them refined.
/// Never worse than `seen` itself. Deterministic.
///
/// \param masses  upwards, at least one; all inside `seen`.
Range mseRange(llvm::ArrayRef<Mass> masses, Range seen, const Scheme &scheme);

/// The same for the values of a constant, which are few in a channel of a
/// depthwise filter: bins would be too coarse. Symmetric schemes search over
/// the values themselves, also a little beyond them, and minimise, with e the
/// error of x,
///
///   sum e^2 + w (sum x e)^2 / sum x^2,   w = constantGainWeight.
///
/// The second term is the error along x: the filter's gain is
/// 1 - sum x e / sum x^2. Least squares alone make it 1 - sum e^2 / sum x^2,
/// below 1 in every channel of every layer (by 1.6 % with 4 bits). What else is
/// wrong adds up over the layers like noise, but gains multiply: after 50
/// layers half of the signal would be gone. So w is about the number of layers.
/// Never worse than the reach of the values, in this sense.
Range mseOfConstant(llvm::ArrayRef<float> values,
                    const ObserverOptions &options);

constexpr double constantGainWeight = 64;

/// The largest reach that is tried, over the largest |x|: a few values may fit
/// a grid better that does not end at one of them.
constexpr double constantHeadroom = 1.15;

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_OBSERVERS_MSE_H
