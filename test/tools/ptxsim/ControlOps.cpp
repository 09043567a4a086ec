// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches, exits, barriers, fences. Source: PTX ISA, "Control Flow
// Instructions", "Parallel Synchronization and Communication Instructions".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

#include <atomic>

using namespace ptxsim;

namespace {

void nothing(Warp &, const Instr &, uint32_t) {}

void fence(Warp &, const Instr &, uint32_t) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void syncWarp(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint32_t members =
      warp.lanes<uint32_t>(instr.src[0])[std::countr_zero(mask)];
  if (warp.expectLanes(mask, members & warp.live))
    ++warp.syncs;
}

uint32_t indexOf(const Decoder &decoder) {
  return uint32_t(decoder.builder.kernel.code.size());
}

void branchRule(Decoder &decoder) {
  decoder.take("uni");
  if (!decoder.expectOperands(1))
    return;
  decoder.instr.opClass = OpClass::Branch;
  decoder.instr.flow = Flow::Branch;
  decoder.builder.branchTo(indexOf(decoder), decoder.operand(0).name);
}

void branchIndexedRule(Decoder &decoder) {
  decoder.take("uni");
  if (!decoder.take("idx") || !decoder.expectOperands(2))
    return decoder.refuse("only brx.idx");
  decoder.instr.opClass = OpClass::Branch;
  decoder.instr.flow = Flow::BranchIndexed;
  decoder.instr.src[0] = decoder.source(0, 4);
  decoder.builder.branchIndexed(indexOf(decoder), decoder.operand(1).name);
}

void exitRule(Decoder &decoder) {
  decoder.take("uni");
  decoder.instr.opClass = OpClass::Branch;
  decoder.instr.flow = Flow::Exit;
}

// src: number of the barrier, threads (or noReg), predicate. dst[0]: result of
// the reduction, or noReg.
void barrierRule(Decoder &decoder) {
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Barrier;
  decoder.ignore({"cta", "aligned"});
  if (decoder.take("warp")) {
    if (!decoder.take("sync") || !decoder.expectOperands(1))
      return decoder.refuse("only bar.warp.sync");
    instr.src[0] = decoder.source(0, 4);
    instr.exec = syncWarp;
    return;
  }
  instr.flow = Flow::Barrier;
  instr.dst[0] = instr.src[1] = noReg;
  if (decoder.take("sync")) {
    if (!decoder.expectOperands(1, 2))
      return;
    instr.src[0] = decoder.source(0, 4);
    if (decoder.operandCount() == 2)
      instr.src[1] = decoder.source(1, 4);
    return;
  }
  const bool isReduction = decoder.take("red");
  const int op = decoder.takeOneOf({"and", "or", "popc"});
  if (!isReduction || op < 0)
    return decoder.refuse("only .sync and .red");
  const Type type = decoder.needType();
  if (!decoder.expectOperands(3, 4))
    return;
  const bool counted = decoder.operandCount() == 4;
  const Operand &predicate = decoder.operand(counted ? 3 : 2);
  instr.dst[0] = decoder.typedDestination(0, type);
  instr.src[0] = decoder.source(1, 4);
  instr.src[1] = counted ? decoder.source(2, 4) : noReg;
  instr.src[2] = decoder.predicate(predicate);
  instr.flags = uint32_t(op) | (predicate.negated ? Negated : 0u);
  if (type != (op == ReducePopc ? Type::U32 : Type::Pred))
    decoder.refuse("of another type");
}

} // namespace

void ptxsim::addControlRules(RuleTable &table) {
  table["bra"] = branchRule;
  table["brx"] = branchIndexedRule;
  table["ret"] = exitRule;
  table["exit"] = exitRule;
  table["bar"] = barrierRule;
  table["barrier"] = barrierRule;
  table["trap"] = [](Decoder &decoder) { decoder.instr.flow = Flow::Trap; };
  table["membar"] = [](Decoder &decoder) {
    decoder.ignore({"cta", "gl", "sys"});
    decoder.instr.exec = fence;
  };
  table["fence"] = [](Decoder &decoder) {
    decoder.ignore({"sc", "acq_rel", "cta", "gpu", "sys"});
    decoder.instr.exec = fence;
  };
  table["nanosleep"] = [](Decoder &decoder) {
    decoder.take("u32");
    decoder.instr.exec = nothing;
  };
  for (const char *name : {"prefetch", "prefetchu"})
    table[name] = [](Decoder &decoder) {
      decoder.ignore({"global", "local", "L1", "L2"});
      decoder.instr.exec = nothing;
    };
}
