// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From ranges and weights to the parameters of 8-bit grids, and from numbers to
// codes. Plain numbers, no MLIR.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_GRID_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_GRID_H

#include "compiler/quantize/observers/Observer.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace quench::quantize {

/// The real numbers (code - zero) * scale for code in min..max.
struct Grid {
  float scale = 1;
  int32_t zero = 0;
  int32_t min = -128;
  int32_t max = 127;
};

/// Asymmetric s8 grid of an activation. The range is widened to contain 0,
/// which becomes a code exactly: padding and relu need it.
///   scale = f32((max - min) / 255)
///   zero  = clamp(rne(-128 - min / scale), -128, 127)
/// A range without width gives scale 1.
Grid activationGrid(Range range);

/// Symmetric s8 grid of a constant operand that is no filter: scale
/// f32(max |x| / 127), zero 0.
Grid symmetricGrid(llvm::ArrayRef<float> values);

struct FilterOptions {
  bool perChannel = true;
  bool narrow = true;
  int bits = 8;
};

/// Scales of a filter with `bias.size()` or, without bias, `channels` output
/// channels; the filter's first axis is the channel.
struct FilterGrid {
  std::vector<float> scales; // one per channel, or one
  int32_t min = -127;
  int32_t max = 127;
  /// Channels whose scale is larger than their weights ask for, because of the
  /// bias.
  int64_t floored = 0;
};

/// Scale of a channel: f32(max |w| / 127), or / 127.5 for codes in [-128, 127],
/// and so on with fewer bits (Scheme::halfSteps); at least |bias| / (inputScale
/// * 2^22), so that the bias code stays small beside int32, and at least what
/// keeps inputScale * scale a normal float.
FilterGrid filterGrid(llvm::ArrayRef<float> filter, int64_t channels,
                      llvm::ArrayRef<float> bias, float inputScale,
                      const FilterOptions &options);

/// Scales of the accumulator, f32(inputScale * scale) for each filter scale.
std::vector<float> biasScales(float inputScale,
                              llvm::ArrayRef<float> filterScales);

/// Codes clamp(rne(x / scale) + zero, min, max) of constants, the division in
/// double: the quotient of a bias may need more than 24 bits. Value i belongs
/// to channel (i / inner) % scales.size().
template <typename T>
std::vector<T> quantize(llvm::ArrayRef<float> values,
                        llvm::ArrayRef<float> scales, int64_t inner,
                        int32_t zero, int64_t min, int64_t max);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FAKEQUANT_GRID_H
