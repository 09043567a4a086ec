// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constructors and registration of the passes of Passes.td.

#ifndef QUENCH_COMPILER_PLACE_PASSES_H
#define QUENCH_COMPILER_PLACE_PASSES_H

#include "dialects/plan/Plan.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

#include <memory>
#include <string>

namespace quench::place {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/place/Passes.h.inc"

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_PASSES_H
