// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How large 16-bit codes may be. An int32 accumulator holds the sum of many
// 8-bit products, but of few 16-bit ones, so the codes of a 16-bit activation
// end where the accumulator of one of its consumers could wrap (spec Q-WRAP).
// The storage range of the type is then the proof.

#ifndef QUENCH_COMPILER_QUANTIZE_REACH_H
#define QUENCH_COMPILER_QUANTIZE_REACH_H

#include "compiler/quantize/FilterClips.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/MapVector.h"

namespace quench::quantize {

using Filters = llvm::MapVector<mlir::Operation *, ObservedFilter>;

/// Largest |code| of operand `index` of `op`, whose other operands have codes
/// up to 2^(otherBits - 1) for activations, so that no accumulator of `op`
/// wraps; INT64_MAX where `op` has none.
int64_t largestReach(mlir::Operation *op, unsigned index, int otherBits,
                     const Filters &filters);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_REACH_H
