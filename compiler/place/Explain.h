// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler decided and why, for --explain and `quench inspect`.

#ifndef QUENCH_COMPILER_PLACE_EXPLAIN_H
#define QUENCH_COMPILER_PLACE_EXPLAIN_H

#include "dialects/plan/Plan.h"

#include "llvm/Support/raw_ostream.h"

namespace quench::place {

/// On calls whose kernel was chosen by measured times, in microseconds: of the
/// kernel, and of the one that the cost model would have chosen.
inline constexpr llvm::StringLiteral timeAttr = "quench.time";
inline constexpr llvm::StringLiteral modelTimeAttr = "quench.model_time";

/// One line a target that has such calls: how many there are, for how many the
/// model would have chosen another kernel, and what that would have cost.
std::string compareWithModel(plan::ModelOp model);

struct ExplainOptions {
  /// Print one line per layer only: no considered kernels, no notes.
  bool brief = false;
};

/// Prints, as text for people: totals (MACs, weights, arena and its lower
/// bound); per call the step, source nodes, shapes, kernel, estimated cycles,
/// MACs, every considered kernel with the reason for its refusal, and what the
/// optimizer fused or declined to; and the slots with lifetimes and offsets.
void explain(plan::ModelOp model, llvm::raw_ostream &os,
             const ExplainOptions &options = {});

/// The same as one JSON object: {"model", "targets", "arena": {"bytes",
/// "bound", "scratch"}, "macs", "weights_bytes", "calls": [...], "slots":
/// [...]}.
void explainJson(plan::ModelOp model, llvm::raw_ostream &os);

/// Most bytes of slots and scratch alive at one step, each rounded up to 64:
/// the lower bound of any arena for this order of calls.
int64_t arenaLowerBound(plan::ModelOp model);

} // namespace quench::place

#endif // QUENCH_COMPILER_PLACE_EXPLAIN_H
