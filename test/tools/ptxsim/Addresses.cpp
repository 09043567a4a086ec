// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Address computation and state spaces.

#include "test/tools/ptxsim/Addresses.h"

using namespace ptxsim;

void ptxsim::computeAddresses(Warp &warp, Reg reg, int64_t offset, bool isWide,
                              uint64_t *addresses) {
  if (isWide) {
    const uint64_t *base = warp.lanes<uint64_t>(reg);
    for (int lane = 0; lane < warpSize; ++lane)
      addresses[lane] = base[lane] + uint64_t(offset);
  } else {
    // Addresses of 32 bits wrap.
    const uint32_t *base = warp.lanes<uint32_t>(reg);
    for (int lane = 0; lane < warpSize; ++lane)
      addresses[lane] = base[lane] + uint32_t(offset);
  }
}

uint32_t ptxsim::lanesInWindow(const uint64_t *addresses, uint32_t mask,
                               uint64_t window) {
  return mask & lanesWhere([=](int lane) {
           return (addresses[lane] & windowMask) == window;
         });
}

namespace {

/// A window of `size` bytes that begins at `begin` of each lane.
bool resolveWindow(Warp &warp, const char *name, std::byte *begin,
                   uint64_t size, uint64_t step, const uint64_t *addresses,
                   uint32_t mask, int bytes, std::byte **places) {
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    const uint64_t address = addresses[lane] & ~windowMask;
    if (address % unsigned(bytes) || address > size ||
        size - address < unsigned(bytes)) {
      warp.fail(lane,
                std::string(name) + " access of " + std::to_string(bytes) +
                    " bytes at " + std::to_string(address) + " of " +
                    std::to_string(size) + " is out of bounds or misaligned");
      return false;
    }
    places[lane] = begin + unsigned(lane) * step + address;
  }
  return true;
}

bool resolveShared(Warp &warp, const uint64_t *addresses, uint32_t mask,
                   int bytes, Access access, std::byte **places) {
  SharedMemory &shared = warp.block.shared;
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    places[lane] = nullptr;
    if (access == Access::Write)
      continue;
    const uint64_t address = addresses[lane] & ~windowMask;
    const Stamp stamp = warp.stamp(lane);
    places[lane] =
        access == Access::Atomic
            ? shared.atomic(stamp, address, bytes)
            : const_cast<std::byte *>(shared.read(stamp, address, bytes));
    if (!places[lane]) {
      warp.fail(lane, shared.error);
      return false;
    }
  }
  return true;
}

} // namespace

bool ptxsim::resolve(Warp &warp, Space space, const uint64_t *addresses,
                     uint32_t mask, int bytes, Access access,
                     std::byte **places) {
  const Kernel &kernel = warp.block.kernel;
  switch (space) {
  case Space::Global:
  case Space::Const:
    if (!warp.checkGlobal(addresses, mask, bytes, access != Access::Read))
      return false;
    for (int lane = 0; lane < warpSize; ++lane)
      places[lane] = reinterpret_cast<std::byte *>(addresses[lane]);
    return true;
  case Space::Shared:
    return resolveShared(warp, addresses, mask, bytes, access, places);
  case Space::Local:
    return resolveWindow(warp, "local", warp.local.data(), kernel.localBytes,
                         kernel.localBytes, addresses, mask, bytes, places);
  case Space::Param:
    return resolveWindow(warp, "param",
                         const_cast<std::byte *>(warp.block.launch.params),
                         kernel.paramBytes, 0, addresses, mask, bytes, places);
  case Space::Generic:
    break;
  }
  static constexpr struct {
    uint64_t window;
    Space space;
  } windows[] = {
      {sharedWindow, Space::Shared},
      {localWindow,  Space::Local },
      {paramWindow,  Space::Param }
  };
  for (const auto &row : windows) {
    const uint32_t lanes = lanesInWindow(addresses, mask, row.window);
    mask &= ~lanes;
    if (lanes &&
        !resolve(warp, row.space, addresses, lanes, bytes, access, places))
      return false;
  }
  if (!mask)
    return true;
  std::byte *others[warpSize];
  if (!resolve(warp, Space::Global, addresses, mask, bytes, access, others))
    return false;
  for (int lane = 0; lane < warpSize; ++lane)
    if (mask >> lane & 1)
      places[lane] = others[lane];
  return true;
}

Space ptxsim::takeSpace(Decoder &decoder) {
  switch (decoder.takeOneOf({"global", "shared", "shared::cta", "local",
                             "param", "param::entry", "const"})) {
  case 0:
    return Space::Global;
  case 1:
  case 2:
    return Space::Shared;
  case 3:
    return Space::Local;
  case 4:
  case 5:
    return Space::Param;
  case 6:
    return Space::Const;
  default:
    return Space::Generic;
  }
}

void ptxsim::ignoreMemoryHints(Decoder &decoder) {
  decoder.ignore({"volatile", "weak", "relaxed", "acquire", "release",
                  "acq_rel", "gpu", "cta", "sys", "nc", "ca", "cg", "cs", "lu",
                  "cv", "wb", "wt"});
  decoder.ignorePrefix("L1::");
  for (const char *prefetch : {"L2::64B", "L2::128B", "L2::256B"})
    decoder.take(prefetch);
}

void ptxsim::placeAddress(Decoder &decoder, size_t index) {
  bool isWide = true;
  Instr &instr = decoder.instr;
  instr.src[0] = decoder.address(index, instr.offset, isWide);
  instr.flags |= isWide ? wideAddress : 0;
}
