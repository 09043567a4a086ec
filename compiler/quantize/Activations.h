// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns on activation functions that two passes share.

#ifndef QUENCH_COMPILER_QUANTIZE_ACTIVATIONS_H
#define QUENCH_COMPILER_QUANTIZE_ACTIVATIONS_H

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace quench::quantize {

/// The patterns of nn-fuse-activation. `fused` is called after each and must
/// live as long as the patterns.
void populateFuseActivationPatterns(mlir::RewritePatternSet &patterns,
                                    llvm::function_ref<void()> fused);

} // namespace quench::quantize

#endif // QUENCH_COMPILER_QUANTIZE_ACTIVATIONS_H
