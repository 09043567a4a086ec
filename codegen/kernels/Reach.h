// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far the numbers of a problem can reach.

#ifndef QUENCH_CODEGEN_KERNELS_REACH_H
#define QUENCH_CODEGEN_KERNELS_REACH_H

#include "codegen/kernels/Catalogue.h"

namespace quench::kernels {

/// Emitted kernels convert acc * mul to int32 before they clamp, which is right
/// for products below this.
inline constexpr double convertibleLimit = 2147483648.0;

/// A bound of acc * mul over all accumulators of the problem's output stage; 0
/// where there is none. That of a filtered op is Problem::largestProduct.
double productBound(const Problem &problem);

} // namespace quench::kernels

#endif // QUENCH_CODEGEN_KERNELS_REACH_H
