// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of phases.

#include "compiler/driver/Phases.h"

#include "dialects/plan/Plan.h"
#include "dialects/q/FloatParams.h"
#include "dialects/q/Q.h"
#include "dialects/qf/QF.h"

#include "mlir/IR/BuiltinOps.h"

using namespace quench;

static constexpr PhaseRow table[] = {
    {Phase::NN,     "nn",     "the network in float, channels last"             },
    {Phase::QF,     "qf",     "float with every value rounded to its 8-bit grid"},
    {Phase::Q,      "q",      "integers; the same bytes as qf"                  },
    {Phase::Plan,   "plan",   "addresses and kernel calls for the targets"      },
    {Phase::Source, "source", "C++ source, header and weights"                  },
    {Phase::Object, "object", "one object file and its header"                  },
    {Phase::Static, "static", "a static library with all it needs, its header"  },
    {Phase::Shared, "shared", "a shared library with all it needs, its header"  },
    {Phase::Exe,    "exe",    "a program that runs the model on files"          },
};

llvm::ArrayRef<PhaseRow> quench::phases() { return table; }

const PhaseRow &quench::row(Phase phase) { return table[int(phase)]; }

std::optional<Phase> quench::findPhase(llvm::StringRef name) {
  for (const PhaseRow &entry : table)
    if (name == entry.name)
      return entry.phase;
  return std::nullopt;
}

Phase quench::levelOf(mlir::ModuleOp module) {
  Phase level = Phase::NN;
  module.walk([&](mlir::Operation *op) {
    if (llvm::isa<plan::ModelOp>(op)) {
      level = Phase::Plan;
      return mlir::WalkResult::interrupt();
    }
    if (llvm::isa_and_nonnull<q::QDialect>(op->getDialect()))
      level = std::max(level, Phase::Q);
    else if (llvm::isa_and_nonnull<qf::QFDialect>(op->getDialect()) ||
             op->hasAttr(q::keepFloatAttr)) // even if no layer is rounded
      level = std::max(level, Phase::QF);
    return mlir::WalkResult::advance();
  });
  return level;
}
