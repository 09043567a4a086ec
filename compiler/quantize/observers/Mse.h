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
/// the values themselves.
Range mseOfConstant(llvm::ArrayRef<float> values,
                    const ObserverOptions &options);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_OBSERVERS_MSE_H
