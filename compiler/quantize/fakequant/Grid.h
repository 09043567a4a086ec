// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From ranges and weights to the parameters of grids, and from numbers to
// codes. Plain numbers, no MLIR.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_GRID_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_GRID_H

#include "compiler/quantize/fakequant/Scheme.h"
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

/// Grid of an activation. The range is widened to contain 0, which becomes a
/// code exactly: padding and relu need it. With codes low..high,
///   asymmetric:         scale = f32((max - min) / (high - low))
///                       zero  = clamp(rne(low - min / scale), low, high)
///   symmetric, narrow:  scale = f32(max(|min|, |max|) / halfSteps), zero 0
/// A range without width gives scale 1.
Grid activationGrid(Range range, const Scheme &scheme = {},
                    llvm::StringRef fakeQuant = "plain");

/// Symmetric s8 grid of a constant operand that is no filter: scale
/// f32(max |x| / 127), zero 0.
Grid symmetricGrid(llvm::ArrayRef<float> values);

/// Scales of a filter with as many output channels as `clips`, or per tensor.
struct FilterGrid {
  std::vector<float> scales; // one per channel, or one
  int32_t min = -127;
  int32_t max = 127;
  /// Channels whose scale is larger than their weights ask for, because of the
  /// bias.
  int64_t floored = 0;
};

/// `clips` has the magnitude from which weights are clipped, one per channel or
/// one. Scale of a channel: f32(clip / halfSteps); at least
/// |bias| / (inputScale * 2^22), so that the bias code stays small beside
/// int32, and at least what keeps inputScale * scale a normal float. `bias` is
/// empty or has one entry per channel.
FilterGrid filterGrid(llvm::ArrayRef<float> clips, llvm::ArrayRef<float> bias,
                      float inputScale, const Scheme &scheme,
                      llvm::StringRef fakeQuant = "plain");

/// Multipliers of a filter's groups, a narrow code of `bits` bits times which
/// is a code of the channel's 8-bit grid:
///   m = clamp(rne(clip / (scale * max)), 1, 127 / max), max = 2^(bits - 1) - 1
/// `clips` has as many entries for each scale. The two levels are those of
/// QServe (Lin et al., QServe: W4A8KV4 Quantization and System Co-design for
/// Efficient LLM Serving, 2024: progressive group quantization), symmetric at
/// both.
std::vector<int8_t> groupMultipliers(llvm::ArrayRef<float> clips,
                                     llvm::ArrayRef<float> scales, int bits);

/// Codes m * clamp(rne(x / (m * scale)), -max, max); `multipliers` has one for
/// each value.
std::vector<int8_t> quantizeGroups(llvm::ArrayRef<float> values,
                                   llvm::ArrayRef<float> scales,
                                   llvm::ArrayRef<int8_t> multipliers,
                                   int bits);

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
