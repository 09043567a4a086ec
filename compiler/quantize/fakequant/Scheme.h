// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How one tensor is quantized: how many bits, where zero lies, and which
// elements share a scale. Plain numbers, no MLIR; #qf.scheme is its attribute.

#ifndef QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEME_H
#define QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEME_H

#include <cstdint>

namespace quench::quantize {

enum class Symmetry {
  Asymmetric, ///< any zero point, codes [-2^(b-1), 2^(b-1) - 1]
  Symmetric,  ///< zero point 0, the same codes
  Narrow,     ///< zero point 0, codes [-(2^(b-1) - 1), 2^(b-1) - 1]
};

enum class Granularity {
  Tensor,  ///< one scale
  Channel, ///< one scale per output channel (axis 0 of a filter)
  Group,   ///< per channel, and an integer factor per group of inputs
};

struct Scheme {
  int bits = 8;
  Symmetry symmetry = Symmetry::Asymmetric;
  Granularity granularity = Granularity::Tensor;
  int64_t groupSize = 0; ///< inputs in a group; 0 unless Granularity::Group

  int64_t max() const { return (int64_t(1) << (bits - 1)) - 1; }
  int64_t min() const {
    return symmetry == Symmetry::Narrow ? -max() : -max() - 1;
  }
  /// Scale of a symmetric grid is max |x| / halfSteps: half of the steps
  /// between the codes, 127.5 for [-128, 127] as MegEngine has it.
  double halfSteps() const { return double(max() - min()) / 2; }
};

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_FAKEQUANT_SCHEME_H
