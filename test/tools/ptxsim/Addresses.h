// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Addresses of the lanes of a warp, and the host memory behind them.

#ifndef TEST_TOOLS_PTXSIM_ADDRESSES_H
#define TEST_TOOLS_PTXSIM_ADDRESSES_H

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

namespace ptxsim {

/// Instr::flags: the address register has 8 bytes, not 4.
inline constexpr uint32_t wideAddress = 1u << 31;

/// What an access wants; decides which checks of shared memory apply.
enum class Access { Read, Write, Atomic };

/// addresses[lane] = register + offset.
void computeAddresses(Warp &warp, Reg reg, int64_t offset, bool isWide,
                      uint64_t *addresses);

/// Host memory of each lane's `bytes` in `space`, checked. A write to shared
/// memory has no place here, as its check needs the value: it goes through
/// SharedMemory::write, and `places` is null for such lanes.
/// \return false if a check failed.
bool resolve(Warp &warp, Space space, const uint64_t *addresses, uint32_t mask,
             int bytes, Access access, std::byte **places);

/// The lanes of `mask` whose generic address is in `window` (0: in none).
uint32_t lanesInWindow(const uint64_t *addresses, uint32_t mask,
                       uint64_t window);

/// Takes the modifiers of state spaces; generic without.
Space takeSpace(Decoder &decoder);

/// Takes cache operators, orders and scopes, none of which changes values here:
/// all accesses happen at once and in program order.
void ignoreMemoryHints(Decoder &decoder);

/// Address operand `index` into src[0] and offset.
void placeAddress(Decoder &decoder, size_t index);

} // namespace ptxsim

#endif
