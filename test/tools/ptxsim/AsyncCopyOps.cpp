// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cp.async, delivered as late as its waits allow.
// Source: PTX ISA, "Data Movement: Asynchronous copy, non-bulk".

#include "test/tools/ptxsim/Addresses.h"

#include <algorithm>

using namespace ptxsim;

namespace {

/// Instr::flags: src[2] is a predicate which, true, ignores the source.
constexpr uint32_t ignoreSource = 1;
constexpr uint32_t wideSource = 2;

// src: destination address, source address, bytes to read of the source. The
// rest up to `vector` bytes is zero.
void copyAsync(Warp &warp, const Instr &instr, uint32_t mask) {
  const int size = instr.vector;
  uint64_t to[warpSize], from[warpSize];
  computeAddresses(warp, instr.src[0], instr.offset, instr.flags & wideAddress,
                   to);
  computeAddresses(warp, instr.src[1], instr.offset2, instr.flags & wideSource,
                   from);
  uint32_t full = 0, some = 0, bytes[warpSize];
  for (int lane = 0; lane < warpSize; ++lane) {
    if (instr.flags & ignoreSource)
      bytes[lane] = warp.predicate(instr.src[2]) >> lane & 1 ? 0 : size;
    else
      bytes[lane] = warp.lanes<uint32_t>(instr.src[2])[lane];
    full |= uint32_t(bytes[lane] == uint32_t(size)) << lane;
    some |= uint32_t(bytes[lane] != 0) << lane;
  }
  if ((full & mask) &&
      !warp.checkGlobal(from, full & mask, size, /*isWrite=*/false))
    return;
  if (warp.block.launch.options.statistics && (some & mask))
    countGlobal(warp.block.statistics.asyncCopy, from, some & mask, size);
  SharedMemory &shared = warp.block.shared;
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    if (bytes[lane] > uint32_t(size))
      return warp.fail(lane, "reads " + std::to_string(bytes[lane]) +
                                 " bytes for a copy of " +
                                 std::to_string(size));
    if (bytes[lane] && !(full >> lane & 1)) {
      const std::string why = warp.block.launch.memory.check(
          from[lane], bytes[lane], uint64_t(size), /*isWrite=*/false);
      if (!why.empty())
        return warp.fail(lane, why);
    }
    const uint64_t address = to[lane] & ~windowMask;
    if (!shared.beginCopy(warp.stamp(lane), address, size))
      return warp.fail(lane, shared.error);
    PendingCopy copy;
    copy.address = uint32_t(address);
    copy.group = warp.group[lane];
    copy.lane = uint8_t(lane);
    copy.bytes = uint8_t(size);
    memcpy(copy.value, reinterpret_cast<const void *>(from[lane]), bytes[lane]);
    warp.copies.push_back(copy);
  }
}

void commitGroup(Warp &warp, const Instr &, uint32_t mask) {
  for (int lane = 0; lane < warpSize; ++lane)
    warp.group[lane] += mask >> lane & 1;
}

void waitGroup(Warp &warp, const Instr &instr, uint32_t mask) {
  warp.deliverCopies(mask, instr.flags);
}

void waitAll(Warp &warp, const Instr &instr, uint32_t mask) {
  commitGroup(warp, instr, mask);
  warp.deliverCopies(mask, 0);
}

void copyRule(Decoder &decoder) {
  Instr &instr = decoder.instr;
  const bool onlySixteen = decoder.takeOneOf({"ca", "cg"}) == 1;
  for (const char *hint : {"L2::64B", "L2::128B", "L2::256B"})
    decoder.take(hint);
  if (decoder.takeOneOf({"shared", "shared::cta"}) < 0 ||
      !decoder.take("global"))
    return decoder.refuse("only from global to shared memory");
  if (!decoder.expectOperands(3, 4))
    return;
  placeAddress(decoder, 0);
  bool isWide = true;
  instr.src[1] = decoder.address(1, instr.offset2, isWide);
  instr.flags |= isWide ? wideSource : 0;
  const uint64_t size = decoder.immediate(2);
  if (size != 16 && (onlySixteen || (size != 4 && size != 8)))
    return decoder.refuse("a copy of " + std::to_string(size) + " bytes");
  instr.vector = uint8_t(size);
  if (decoder.operandCount() == 3) {
    instr.src[2] = decoder.builder.constant(size, 4);
  } else {
    const Register *last =
        decoder.builder.findRegister(decoder.operand(3).name);
    const bool isPredicate = last && last->type == Type::Pred;
    instr.flags |= isPredicate ? ignoreSource : 0;
    if (isPredicate && decoder.operand(3).negated)
      return decoder.refuse("negated predicate");
    instr.src[2] = isPredicate ? decoder.predicate(decoder.operand(3))
                               : decoder.source(3, 4);
  }
  instr.exec = copyAsync;
}

} // namespace

void ptxsim::addAsyncCopyRules(RuleTable &table) {
  table["cp"] = [](Decoder &decoder) {
    Instr &instr = decoder.instr;
    instr.opClass = OpClass::AsyncCopy;
    if (!decoder.take("async"))
      return decoder.refuse("only cp.async");
    if (decoder.take("commit_group")) {
      instr.exec = commitGroup;
    } else if (decoder.take("wait_all")) {
      instr.exec = waitAll;
    } else if (decoder.take("wait_group")) {
      instr.exec = waitGroup;
      if (decoder.expectOperands(1))
        instr.flags = uint32_t(decoder.immediate(0));
    } else {
      copyRule(decoder);
    }
  };
}
