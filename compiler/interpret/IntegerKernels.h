// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of the q ops: the runtime's reference kernel on params(op).

#ifndef QUENCH_COMPILER_INTERPRET_INTEGERKERNELS_H
#define QUENCH_COMPILER_INTERPRET_INTEGERKERNELS_H

#include "compiler/interpret/Kernel.h"

namespace quench::interpret {

/// The kernel of a q op, q.constant and q.float_island excepted; a diagnostic
/// for ops that have none.
mlir::FailureOr<Kernel> makeIntegerKernel(mlir::Operation *op);

/// Codes of a q.constant as a tensor of its storage type.
Tensor integerConstant(mlir::Operation *op);

} // namespace quench::interpret

#endif // QUENCH_COMPILER_INTERPRET_INTEGERKERNELS_H
