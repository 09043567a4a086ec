// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mean and variance of functions of normal variables. Plain numbers, no MLIR.

#ifndef QUENCH_COMPILER_QUANTIZE_MOMENTS_NORMAL_H
#define QUENCH_COMPILER_QUANTIZE_MOMENTS_NORMAL_H

#include "llvm/ADT/STLFunctionalExtras.h"

namespace quench::quantize {

struct Moments {
  double mean = 0;
  double variance = 0;
};

/// Moments of min(max(X, low), high) for X ~ N(mean, variance); low <= high,
/// and both may be infinite. With a = (low - mean) / sigma, b likewise, phi the
/// density and Phi the distribution function of the standard normal, and
/// Z = min(max(N(0, 1), a), b):
///   E[Z]   = phi(a) - phi(b) + a Phi(a) + b Phi(-b)
///   E[Z^2] = Phi(b) - Phi(a) + a phi(a) - b phi(b) + a^2 Phi(a) + b^2 Phi(-b)
///   E[Y]   = mean + sigma E[Z],  Var[Y] = variance (E[Z^2] - E[Z]^2)
///
/// Source: Nagel et al., "Data-Free Quantization Through Weight Equalization
/// and Bias Correction", ICCV 2019, appendix C (clipped normal distribution).
Moments clippedNormal(const Moments &normal, double low, double high);

/// Moments of f(min(max(X, low), high)), X ~ N(mean, variance): the midpoint
/// rule over +- 8 deviations in 1024 steps, which is exact to about 1e-6 of the
/// deviation for functions without jumps. A NaN of f counts as 0.
Moments throughFunction(const Moments &normal, double low, double high,
                        llvm::function_ref<double(double)> f);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_MOMENTS_NORMAL_H
