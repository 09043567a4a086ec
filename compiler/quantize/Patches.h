// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions and linear layers as matrix products: which inputs an output
// sees.

#ifndef QUENCH_COMPILER_QUANTIZE_PATCHES_H
#define QUENCH_COMPILER_QUANTIZE_PATCHES_H

#include "compiler/interpret/OneDnn.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace quench::quantize {

/// Geometry of a conv2d, or of a linear as a convolution of single pixels.
struct Patches {
  interpret::Convolution sizes;

  /// Nothing for other ops.
  static std::optional<Patches> of(mlir::Operation *op);

  /// Output positions of one sample.
  int64_t positions() const {
    return sizes.batch * sizes.out[0] * sizes.out[1];
  }
  /// Inputs of one output: the row of a filter.
  int64_t depth() const { return sizes.depth(); }

  /// The inputs that output `position` of `group` sees, [KH][KW][IC / groups];
  /// 0 outside the picture. `x` is NHWC.
  void read(const float *x, int64_t position, int64_t group, float *row) const;
};

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_PATCHES_H
