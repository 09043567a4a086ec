// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How one tensor is to be quantized: how many bits, where zero lies, and which
// elements share a scale. Plain numbers; #qf.scheme is its attribute, recipes
// (compiler/quantize/Recipe.h) its text.

#ifndef QUENCH_DIALECTS_QF_SCHEME_H
#define QUENCH_DIALECTS_QF_SCHEME_H

#include <cstdint>

namespace quench::qf {

enum class Symmetry {
  Asymmetric, ///< any zero point, codes [-2^(b-1), 2^(b-1) - 1]
  Symmetric,  ///< zero point 0, the same codes
  Narrow,     ///< zero point 0, codes [-(2^(b-1) - 1), 2^(b-1) - 1]
};

enum class Granularity {
  Tensor,  ///< one scale
  Channel, ///< one scale per output channel (axis 0 of a filter)
  /// the same, and a whole multiplier for each group of input channels of a tap
  Group,
};

struct Scheme {
  int bits = 8; ///< 2 to 8, or 16
  Symmetry symmetry = Symmetry::Asymmetric;
  Granularity granularity = Granularity::Tensor;
  int64_t groupSize = 32; ///< input channels; read by Granularity::Group

  int64_t max() const { return (int64_t(1) << (bits - 1)) - 1; }
  int64_t min() const {
    return symmetry == Symmetry::Narrow ? -max() : -max() - 1;
  }
  /// A symmetric grid has the scale max |x| / halfSteps: 127 for [-127, 127],
  /// and MegEngine's 127.5 for [-128, 127].
  double halfSteps() const { return double(max() - min()) / 2; }

  bool operator==(const Scheme &other) const {
    return bits == other.bits && symmetry == other.symmetry &&
           granularity == other.granularity && groupSize == other.groupSize;
  }
};

} // namespace quench::qf

#endif // QUENCH_DIALECTS_QF_SCHEME_H
