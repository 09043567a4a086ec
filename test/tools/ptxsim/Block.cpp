// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scheduler. Of the lanes of a warp those with the lowest program counter
// run first, so that lanes which left a loop or a branch early wait for the
// others where nvcc lets them meet again.

#include "test/tools/ptxsim/Block.h"

#include <algorithm>
#include <bit>

using namespace ptxsim;

Block::Block(const Launch &launch) : launch(launch), kernel(launch.kernel) {
  const uint64_t count = (launch.block.count() + warpSize - 1) / warpSize;
  for (uint32_t i = 0; i < count; ++i)
    warps.push_back(std::make_unique<Warp>(*this, i));
  statistics.contractable = kernel.contractable;
}

bool Block::run(const Dim3 &at) {
  index = at;
  shared.reset(launch.dynamicSharedBytes
                   ? kernel.dynamicSharedOffset + launch.dynamicSharedBytes
                   : kernel.staticSharedBytes,
               launch.options.shared);
  for (auto &warp : warps)
    warp->prepare(at);
  ++statistics.blocks;
  statistics.threads += launch.block.count();
  for (;;) {
    for (size_t i = 0; i < warps.size() && !failed; ++i) {
      Warp &warp = *warps[launch.options.reverse ? warps.size() - 1 - i : i];
      if (!warp.waiting)
        runWarp(warp);
    }
    if (failed)
      return false;
    const bool any = std::any_of(warps.begin(), warps.end(),
                                 [](auto &warp) { return warp->waiting; });
    if (!any)
      return true;
    releaseBarrier();
    if (failed)
      return false;
  }
}

void Block::runWarp(Warp &warp) {
  uint64_t budget = launch.options.maxInstructions;
  while (warp.live && !warp.waiting && !failed) {
    uint32_t first = ~0u, second = ~0u, active = 0;
    for (int lane = 0; lane < warpSize; ++lane)
      if (warp.live >> lane & 1)
        first = std::min(first, warp.pc[lane]);
    for (int lane = 0; lane < warpSize; ++lane) {
      if (!(warp.live >> lane & 1))
        continue;
      if (warp.pc[lane] == first)
        active |= 1u << lane;
      else
        second = std::min(second, warp.pc[lane]);
    }
    runLanes(warp, active, first, second, budget);
  }
}

namespace {

void setPc(Warp &warp, uint32_t mask, uint32_t pc) {
  for (int lane = 0; lane < warpSize; ++lane)
    if (mask >> lane & 1)
      warp.pc[lane] = pc;
}

} // namespace

void Block::runLanes(Warp &warp, uint32_t active, uint32_t pc, uint32_t stop,
                     uint64_t &budget) {
  const bool alone = active == warp.live;
  const auto lanes = uint64_t(std::popcount(active));
  for (; pc != stop; ++pc) {
    const Instr &instr = kernel.code[pc];
    warp.current = pc;
    uint32_t mask = active;
    if (instr.guard != noReg) {
      const uint32_t guard = warp.predicate(instr.guard);
      mask &= instr.guardNegated ? ~guard : guard;
    }
    ++statistics.warpInstructions[size_t(instr.opClass)];
    statistics.threadInstructions +=
        mask == active ? lanes : uint64_t(std::popcount(mask));
    if (--budget == 0)
      return warp.fail(-1, "gave up after too many instructions without a "
                           "barrier: a loop that never ends, or that waits for "
                           "another warp");
    switch (instr.flow) {
    case Flow::Next:
      if (mask)
        instr.exec(warp, instr, mask);
      if (failed)
        return;
      continue;
    case Flow::Branch:
      ++statistics.branches;
      if (mask == active && alone) {
        pc = instr.target - 1;
        continue;
      }
      if (!mask)
        continue;
      statistics.divergentBranches += mask != active;
      setPc(warp, active & ~mask, pc + 1);
      setPc(warp, mask, instr.target);
      return;
    case Flow::BranchIndexed: {
      const std::vector<uint32_t> &table = kernel.jumpTables[instr.target];
      setPc(warp, active & ~mask, pc + 1);
      for (int lane = 0; lane < warpSize; ++lane) {
        if (!(mask >> lane & 1))
          continue;
        const uint32_t entry = warp.lanes<uint32_t>(instr.src[0])[lane];
        if (entry >= table.size())
          return warp.fail(lane, "entry " + std::to_string(entry) +
                                     " of a table of " +
                                     std::to_string(table.size()));
        warp.pc[lane] = table[entry];
      }
      return;
    }
    case Flow::Exit:
      warp.live &= ~mask;
      if (mask != active)
        setPc(warp, active & ~mask, pc + 1);
      if (mask)
        return;
      continue;
    case Flow::Trap:
      if (mask)
        return warp.fail(std::countr_zero(mask), "trap");
      continue;
    case Flow::Barrier:
      if (!mask)
        continue;
      setPc(warp, active, pc + 1);
      if (arrive(warp, instr, mask))
        warp.waiting = true;
      return;
    }
  }
  setPc(warp, active, stop);
}

bool Block::arrive(Warp &warp, const Instr &instr, uint32_t mask) {
  if (!warp.expectLanes(mask, warp.live))
    return false;
  if (instr.src[1] == noReg)
    return true;
  const uint32_t count = warp.lanes<uint32_t>(instr.src[1])[0];
  if (count == alignTo(launch.block.count(), warpSize))
    return true;
  warp.fail(-1, "a barrier of " + std::to_string(count) + " of " +
                    std::to_string(launch.block.count()) +
                    " threads: parts of a block are not supported");
  return false;
}

// All warps that have not exited wait. They must do so at one barrier.
void Block::releaseBarrier() {
  Warp *first = nullptr;
  auto barrierOf = [&](Warp &warp) {
    return warp.lanes<uint32_t>(kernel.code[warp.current].src[0])[0];
  };
  for (auto &warp : warps) {
    if (!warp->waiting)
      continue;
    if (!first)
      first = warp.get();
    else if (barrierOf(*warp) != barrierOf(*first))
      return warp->fail(-1,
                        "deadlock: warp " + std::to_string(first->index) +
                            " waits at another barrier, in line " +
                            std::to_string(kernel.source[first->current].line));
  }
  if (kernel.code[first->current].dst[0] != noReg)
    reduce();
  for (auto &warp : warps)
    warp->waiting = false;
  shared.barrier();
  ++statistics.barriers;
}

void Block::reduce() {
  uint32_t count = 0, threads = 0;
  for (auto &warp : warps) {
    if (!warp->waiting)
      continue;
    const Instr &own = kernel.code[warp->current];
    uint32_t bits = warp->predicate(own.src[2]);
    if (own.flags & Negated)
      bits = ~bits;
    count += uint32_t(std::popcount(bits & warp->live));
    threads += uint32_t(std::popcount(warp->live));
  }
  const bool all = count == threads, any = count > 0;
  for (auto &warp : warps) {
    if (!warp->waiting)
      continue;
    const Instr &own = kernel.code[warp->current];
    if ((own.flags & 3) == ReducePopc)
      std::fill_n(warp->lanes<uint32_t>(own.dst[0]), warpSize, count);
    else
      warp->predicate(own.dst[0]) =
          ((own.flags & 3) == ReduceAnd ? all : any) ? allLanes : 0;
  }
}
