// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the report takes from a plan, and how it writes decibels.

#include "compiler/driver/report/Report.h"

#include "compiler/place/Explain.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace quench;

MemoryFacts quench::memoryFacts(plan::ModelOp plan) {
  MemoryFacts facts;
  facts.arenaBytes = plan.getArenaBytes();
  facts.lowerBound = place::arenaLowerBound(plan);
  for (Operation &op : plan.getBody().front()) {
    if (auto slot = dyn_cast<plan::SlotOp>(op)) {
      if (!slot.getView())
        facts.slots.push_back({slot.getName().str(), int64_t(slot.getOffset()),
                               slot.getBuffer().getType().getNumBytes(),
                               int64_t(slot.getFirst()),
                               int64_t(slot.getLast())});
    } else if (auto weights = dyn_cast<plan::WeightsOp>(op)) {
      facts.weightBytes += weights.getBuffer().getType().getNumBytes();
    } else if (auto call = dyn_cast<plan::CallOp>(op)) {
      const int64_t step = call.getStep();
      facts.steps = std::max(facts.steps, step + 1);
      // One call per target and step, with the same scratch.
      if (call.getScratchBytes() &&
          (facts.slots.empty() || facts.slots.back().name != "scratch" ||
           facts.slots.back().first != step))
        facts.slots.push_back({"scratch", int64_t(*call.getScratchOffset()),
                               int64_t(*call.getScratchBytes()), step, step});
    }
  }
  return facts;
}

std::string quench::decibelText(double decibels) {
  if (std::isinf(decibels))
    return decibels > 0 ? "exact" : "-inf";
  return llvm::formatv("{0:F1}", decibels);
}
