// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The grid a scheme lays over a range, for any number of bits, and the nearest
// grid to what training made of one.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEMEGRID_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEMEGRID_H

#include "compiler/quantize/fakequant/Grid.h"
#include "compiler/quantize/fakequant/Scheme.h"

namespace quench::quantize {

/// Codes from scheme.min() to scheme.max(), with n = max - min steps:
///   asymmetric  scale = f32((high - low) / n), the range widened to contain 0
///               zero = clamp(rne(min - low / scale), min, max)
///   symmetric   scale = f32(max(|low|, |high|) / (n / 2)), zero = 0
/// A range narrower than 2^-80 gives scale 1. Every code is a finite number.
/// For the default scheme this is activationGrid; for Symmetry::Narrow and 8
/// bits it is symmetricGrid.
Grid schemeGrid(Range range, const Scheme &scheme);

/// Grid of any scale and zero point: the scale at least the smallest normal
/// float and such that every code is finite, the zero point rounded to a code,
/// or 0 where the scheme is symmetric. NaN gives the smallest scale and 0.
Grid makeGrid(double scale, double zero, const Scheme &scheme);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEMEGRID_H
