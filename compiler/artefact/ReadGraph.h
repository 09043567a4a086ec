// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of a .qfb as ops.

#ifndef QUENCH_COMPILER_ARTEFACT_READGRAPH_H
#define QUENCH_COMPILER_ARTEFACT_READGRAPH_H

#include "compiler/artefact/ReadTables.h"

#include "mlir/IR/BuiltinOps.h"

namespace quench::artefact {

/// Appends the functions of `model` to `module`; its ops are not verified yet.
mlir::LogicalResult readFunctions(const qfb::Model &model, TableReader &tables,
                                  mlir::ModuleOp module);

} // namespace quench::artefact

#endif // QUENCH_COMPILER_ARTEFACT_READGRAPH_H
