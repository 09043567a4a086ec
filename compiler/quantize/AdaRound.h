// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AdaRound: whether a weight is rounded up or down is learned, so that the
// layer's output is kept, not the weight.
//
//   W^(c, k) = s[c] * (floor(W / s) + h(V)),  h(V) = clip(1.2 sigmoid(V) - 0.1)
//   minimize  |clamp(T) - clamp(X W^' + b)|^2 + lambda sum 1 - |2 h - 1|^beta
//
// by Adam over V, beta annealed, so that every h ends at 0 or 1. X are the
// inputs that the quantized network makes, T the outputs of the float one.
//
// Source: Nagel et al., Up or Down? Adaptive Rounding for Post-Training
// Quantization, 2020, sections 3.3 to 3.5. Ours: the error of a channel is in
// units of one rounded weight, so that lambda means the same in all layers.

#ifndef QUENCH_COMPILER_QUANTIZE_ADAROUND_H
#define QUENCH_COMPILER_QUANTIZE_ADAROUND_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace quench::quantize {

/// Output channels that read the same inputs. All arrays are dense and
/// row-major.
struct RoundingProblem {
  int64_t rows = 0, depth = 0, channels = 0;
  llvm::ArrayRef<float> inputs;  // X [rows][depth], real values
  llvm::ArrayRef<float> outputs; // T [rows][channels], before the clamp
  llvm::ArrayRef<float> filter;  // W [channels][depth], real values
  llvm::ArrayRef<float> scales;  // s [channels]
  /// m [channels][depth]: a weight's unit is m s; empty: 1.
  llvm::ArrayRef<int8_t> multipliers;
  llvm::ArrayRef<float> bias;    // b [channels], real values
  float low, high;               // the clamp; may be infinite
  int32_t min, max;              // codes, without multipliers
};

struct AdaRoundOptions {
  int64_t steps = 1000;
  int64_t batch = 32; ///< rows a step
  double lambda = 0.2;
  double rate = 0.05; ///< of Adam
};

/// Codes of the filter, each floor(W / s) or one more, clipped to [min, max];
/// with multipliers m times floor(W / (m s)), or that of one more. The same for
/// the same problem: its random numbers have a fixed seed.
std::vector<int32_t> adaround(const RoundingProblem &problem,
                              const AdaRoundOptions &options);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_ADAROUND_H
