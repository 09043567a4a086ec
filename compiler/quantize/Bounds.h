// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How large an int32 accumulator can get (spec Q-WRAP), proved from the codes
// of constant filters and the storage range of activations, not from data.

#ifndef QUENCH_COMPILER_QUANTIZE_BOUNDS_H
#define QUENCH_COMPILER_QUANTIZE_BOUNDS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <optional>

namespace quench::quantize {

/// Largest |acc| over the output channels,
///   sum |w - filterZero| * reach + |bias|,
/// and the channel that has it. `filter` holds channels x taps codes, `reach`
/// is max |x - zx|; `bias` may be empty.
struct Bound {
  int64_t value = 0;
  int64_t channel = 0;
};
Bound filterBound(llvm::ArrayRef<int8_t> filter, int64_t channels,
                  int32_t filterZero, llvm::ArrayRef<int32_t> bias,
                  int64_t reach);

/// max |code - zero| over the storage range of an activation type.
int64_t reachOf(mlir::Type type);

/// Largest b <= `most` for which an input of b-bit codes, [-2^(b-1),
/// 2^(b-1) - 1] with zero point 0, keeps the accumulator of one output channel
/// below 2^31:
///   |biasCode(b)| + weightSum * 2^(b-1) < 2^31
/// `weightSum` is the sum of |w - filterZero| of the channel. The code of a
/// bias depends on b, because the scale of the input does. 0 if b = 2 is too
/// many.
int inputBits(int64_t weightSum, llvm::function_ref<int64_t(int)> biasCode,
              int most = 16);

/// Bound of a q op that sums products or codes; nothing for the others, and for
/// filters that are not constant.
std::optional<Bound> accumulatorBound(mlir::Operation *op);

/// Accumulators must stay below this.
inline constexpr int64_t wrapsAt = int64_t(1) << 31;
/// Below this a float holds every integer, so that int32 and float agree.
inline constexpr int64_t inexactAt = int64_t(1) << 24;

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_BOUNDS_H
