// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Groups of calls that run band by band, so that of the tensors between them
// only a few rows exist at a time.

#ifndef QUENCH_COMPILER_PLACE_BANDS_H
#define QUENCH_COMPILER_PLACE_BANDS_H

#include "compiler/place/Program.h"

namespace quench::place {

/// A kernel that runs a call on a target.
struct Chosen {
  const kernels::Kernel *kernel;
  double cost; // estimated cycles
  const targets::Target *target;
};

/// Finds the groups that lower the arena most, each at hardly more estimated
/// cycles, and makes bands of their calls. Every call computes what it did,
/// with the same kernel, and no row twice. `chosen` are the kernels of each
/// call, one a target. Deterministic. Before overwriteOperands().
void chooseBands(Program &program, llvm::ArrayRef<std::vector<Chosen>> chosen,
                 int32_t threads);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_BANDS_H
