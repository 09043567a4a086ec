// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nouns of the straight line, where a compilation may begin and end.

#ifndef QUENCH_COMPILER_DRIVER_PHASES_H
#define QUENCH_COMPILER_DRIVER_PHASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace quench {

/// In order. NN to Plan are MLIR text; Source to Exe are files in a folder.
enum class Phase { NN, QF, Q, Plan, Source, Object, Static, Shared, Exe };

struct PhaseRow {
  Phase phase;
  const char *name;     ///< as in --emit=<name>
  const char *sentence; ///< what one gets
};

/// All phases, in order.
llvm::ArrayRef<PhaseRow> phases();

const PhaseRow &row(Phase phase);

/// The phase called `name`.
std::optional<Phase> findPhase(llvm::StringRef name);

/// The level of a module by its ops: plan if it holds a plan.model, else q if
/// any q op, else qf if any qf op, else nn.
Phase levelOf(mlir::ModuleOp module);

} // namespace quench

#endif // QUENCH_COMPILER_DRIVER_PHASES_H
