// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which bytes of each pointer a kernel touches for given parameters.

#ifndef QUENCH_COMPILER_PLACE_EXTENT_H
#define QUENCH_COMPILER_PLACE_EXTENT_H

#include "codegen/kernels/Catalogue.h"

#include "llvm/Support/LogicalResult.h"

#include <vector>

namespace quench::place {

/// The smallest range of bytes that holds all accesses through one pointer.
struct Extent {
  int64_t begin = 0;
  int64_t end = 0;
  bool written = false;
  /// The pointer may be null.
  bool optional = false;
  /// Of pixels with gaps: the first `run` of each `step` bytes are touched.
  int64_t run = 0, step = 0;
};

/// One per pointer parameter, in order. Failure if a size is not positive, a
/// rank is out of range, or a count overflows int32.
llvm::FailureOr<std::vector<Extent>> extentsOf(const kernels::Kernel &kernel,
                                               const kernels::Problem &problem);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_EXTENT_H
