// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of a warp.

#include "test/tools/ptxsim/Block.h"

#include <algorithm>
#include <cstring>

using namespace ptxsim;

Warp::Warp(Block &block, uint32_t index) : block(block), index(index) {
  const Kernel &kernel = block.kernel;
  constexpr size_t alignment = 64;
  storage = std::make_unique<std::byte[]>(kernel.registerBytes + 2 * alignment);
  registers = storage.get();
  registers += alignTo(uint64_t(registers), alignment) - uint64_t(registers);
  for (const Constant &constant : kernel.constants)
    for (int lane = 0; lane < (constant.bytes ? warpSize : 1); ++lane)
      memcpy(registers + constant.reg + lane * constant.bytes, &constant.value,
             size_t(constant.bytes ? constant.bytes : 4));
  local.resize(size_t(kernel.localBytes) * warpSize);
}

void Warp::prepare(const Dim3 &blockIndex) {
  const uint64_t threads = block.launch.block.count() - index * warpSize;
  live = threads >= warpSize ? allLanes : (1u << threads) - 1;
  waiting = false;
  syncs = 0;
  copies.clear();
  std::fill(std::begin(pc), std::end(pc), 0);
  std::fill(std::begin(group), std::end(group), 0);
  std::fill(local.begin(), local.end(), std::byte(0xA5));
  setSpecials(blockIndex);
}

void Warp::setSpecials(const Dim3 &blockIndex) {
  const Launch &launch = block.launch;
  for (const auto &[special, reg] : block.kernel.specials) {
    uint32_t *value = lanes<uint32_t>(reg);
    for (uint32_t lane = 0; lane < warpSize; ++lane) {
      const uint32_t thread = index * warpSize + lane;
      const uint32_t columns = launch.block.x, rows = launch.block.y;
      const uint32_t values[] = {
          thread % columns,
          thread / columns % rows,
          thread / columns / rows,
          launch.block.x,
          launch.block.y,
          launch.block.z,
          blockIndex.x,
          blockIndex.y,
          blockIndex.z,
          launch.grid.x,
          launch.grid.y,
          launch.grid.z,
          lane,
          index,
          uint32_t((launch.block.count() + warpSize - 1) / warpSize),
          1u << lane,
          (2u << lane) - 1,
          (1u << lane) - 1,
          ~((1u << lane) - 1),
          ~((2u << lane) - 1),
          launch.dynamicSharedBytes,
          block.shared.size(),
          0};
      static_assert(std::size(values) == size_t(Special::Count));
      value[lane] = values[size_t(special)];
    }
  }
}

void Warp::fail(int lane, const std::string &what) {
  if (block.failed)
    return;
  block.failed = true;
  const SourceLine &source = block.kernel.source[current];
  const Dim3 &at = block.index;
  block.error = "kernel " + block.kernel.name + ", block (" +
                std::to_string(at.x) + ", " + std::to_string(at.y) + ", " +
                std::to_string(at.z) + "), warp " + std::to_string(index);
  if (lane >= 0)
    block.error += ", lane " + std::to_string(lane);
  block.error += ", PTX line " + std::to_string(source.line) + ": " +
                 source.text + ": " + what;
}

bool Warp::expectLanes(uint32_t mask, uint32_t wanted) {
  if (mask == wanted)
    return true;
  char text[96];
  snprintf(text, sizeof text,
           "divergent: lanes 0x%08x execute it together, 0x%08x have to", mask,
           wanted);
  fail(-1, text);
  return false;
}

Stamp Warp::stamp(int lane) const {
  return block.shared.stamp(index * warpSize + uint32_t(lane), syncs);
}

bool Warp::checkGlobal(const uint64_t *addresses, uint32_t mask, int bytes,
                       bool isWrite) {
  uint64_t low = ~uint64_t(0), high = 0, bits = 0;
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    low = std::min(low, addresses[lane]);
    high = std::max(high, addresses[lane]);
    bits |= addresses[lane];
  }
  const uint64_t span = high - low + unsigned(bytes);
  const bool aligned = !(bits & uint64_t(bytes - 1));
  if (aligned && lastRange.contains(low, span) &&
      !(isWrite && lastRange.readOnly))
    return true;
  const GlobalMemory &memory = block.launch.memory;
  const Allocation *range = memory.find(low);
  if (aligned && range && range->contains(low, span) && !range->freed &&
      !(isWrite && range->readOnly)) {
    lastRange = *range;
    return true;
  }
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    const std::string why = memory.check(addresses[lane], uint64_t(bytes),
                                         uint64_t(bytes), isWrite);
    if (!why.empty()) {
      fail(lane, why);
      return false;
    }
  }
  return true;
}

void Warp::deliverCopies(uint32_t mask, uint32_t keep) {
  size_t kept = 0;
  for (const PendingCopy &copy : copies) {
    const bool due =
        (mask >> copy.lane & 1) && copy.group + keep < group[copy.lane];
    if (due)
      block.shared.deliver(stamp(copy.lane), copy.address, copy.bytes,
                           copy.value);
    else
      copies[kept++] = copy;
  }
  copies.resize(kept);
}
