// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks of shared memory, per byte.

#include "test/tools/ptxsim/SharedMemory.h"

#include <algorithm>
#include <cstring>

using namespace ptxsim;

namespace {

constexpr uint32_t lastEpoch = (1u << 12) - 1;

bool sameEpoch(Stamp a, Stamp b) { return (a ^ b) < (1u << 20); }

} // namespace

void SharedMemory::reset(uint32_t bytes, SharedChecks wanted) {
  checks = wanted;
  data.assign(bytes, std::byte(0xA5));
  flags.assign(bytes, 0);
  writer.resize(bytes);
  reader.resize(bytes);
  error.clear();
  // The stamps of the last block are of older epochs: no need to clear them.
  barrier();
}

void SharedMemory::barrier() {
  if (++epoch <= lastEpoch)
    return;
  std::fill(writer.begin(), writer.end(), 0);
  std::fill(reader.begin(), reader.end(), 0);
  epoch = 1;
}

std::string SharedMemory::who(Stamp stamp) const {
  const uint32_t thread = stamp & 1023;
  return "thread " + std::to_string(thread) + " (warp " +
         std::to_string(thread / 32) + ")";
}

bool SharedMemory::fail(const char *what, uint64_t address, int bytes,
                        std::string why) {
  error = std::string("shared ") + what + " of " + std::to_string(bytes) +
          " bytes at " + std::to_string(address) + " " + why;
  return false;
}

bool SharedMemory::inBounds(const char *what, uint64_t address, int bytes) {
  if (address > data.size() || data.size() - address < uint64_t(bytes))
    return fail(what, address, bytes,
                "is out of bounds: the block has " +
                    std::to_string(data.size()) + " bytes");
  if (address % uint64_t(bytes))
    return fail(what, address, bytes, "is misaligned");
  return true;
}

bool SharedMemory::mayRead(Stamp mine, uint32_t address, int bytes) {
  uint8_t all = Written, any = 0;
  bool race = false;
  for (int i = 0; i < bytes; ++i) {
    all &= flags[address + i];
    any |= flags[address + i];
    race |= unordered(mine, writer[address + i]);
  }
  if (any & Pending)
    return fail("read", address, bytes,
                "meets bytes that cp.async has not delivered: no wait_group of "
                "the copying thread covers them");
  if (checks.uninitialised && !(all & Written))
    return fail("read", address, bytes, "meets bytes that nobody wrote");
  if (!checks.races)
    return true;
  if (race)
    for (int i = 0; i < bytes; ++i)
      if (unordered(mine, writer[address + i]))
        return fail("read", address, bytes,
                    "races with the write of " + who(writer[address + i]) +
                        ": no barrier between them");
  for (int i = 0; i < bytes; ++i) {
    const Stamp last = reader[address + i];
    const bool current = sameEpoch(last, mine);
    const bool otherWarp = ((last ^ mine) & 0x3E0) != 0;
    uint8_t &flag = flags[address + i];
    flag = uint8_t(!current    ? flag & ~ManyReaders
                   : otherWarp ? flag | ManyReaders
                               : flag);
    reader[address + i] = mine;
  }
  return true;
}

bool SharedMemory::mayWrite(Stamp mine, uint32_t address, int bytes,
                            const void *value, bool isAtomic) {
  bool pending = false, race = false;
  for (int i = 0; i < bytes; ++i) {
    const uint8_t flag = flags[address + i];
    const Stamp last = reader[address + i];
    pending |= (flag & Pending) != 0;
    race |= unordered(mine, last) ||
            ((flag & ManyReaders) != 0 && sameEpoch(mine, last)) ||
            unordered(mine, writer[address + i]);
  }
  const char *what = isAtomic ? "atomic" : "write";
  if (pending)
    return fail(what, address, bytes,
                "meets bytes that cp.async has not delivered");
  for (int i = 0; checks.races && race && i < bytes; ++i) {
    const uint32_t at = address + i;
    if (unordered(mine, reader[at]) ||
        ((flags[at] & ManyReaders) && sameEpoch(mine, reader[at])))
      return fail(what, address, bytes,
                  "races with the read of " + who(reader[at]) +
                      ": no barrier between them");
    // Two writes of one value do no harm; neither do two atomics.
    const bool harmless =
        (isAtomic && (flags[at] & AtomicWriter)) ||
        (value && static_cast<const std::byte *>(value)[i] == data[at]);
    if (unordered(mine, writer[at]) && !harmless)
      return fail(what, address, bytes,
                  "races with the write of " + who(writer[at]) +
                      ": no barrier between them");
  }
  for (int i = 0; i < bytes; ++i) {
    writer[address + i] = mine;
    flags[address + i] = uint8_t((flags[address + i] & ~AtomicWriter) |
                                 Written | (isAtomic ? AtomicWriter : 0));
  }
  return true;
}

const std::byte *SharedMemory::read(Stamp mine, uint64_t address, int bytes) {
  if (!inBounds("read", address, bytes) ||
      !mayRead(mine, uint32_t(address), bytes))
    return nullptr;
  return &data[address];
}

bool SharedMemory::write(Stamp mine, uint64_t address, int bytes,
                         const void *value) {
  if (!inBounds("write", address, bytes) ||
      !mayWrite(mine, uint32_t(address), bytes, value, /*isAtomic=*/false))
    return false;
  memcpy(&data[address], value, size_t(bytes));
  return true;
}

std::byte *SharedMemory::atomic(Stamp mine, uint64_t address, int bytes) {
  if (!inBounds("atomic", address, bytes) ||
      !mayWrite(mine, uint32_t(address), bytes, nullptr, /*isAtomic=*/true))
    return nullptr;
  return &data[address];
}

bool SharedMemory::beginCopy(Stamp mine, uint64_t address, int bytes) {
  if (!inBounds("cp.async", address, bytes) ||
      !mayWrite(mine, uint32_t(address), bytes, nullptr, /*isAtomic=*/false))
    return false;
  memset(&data[address], 0xCD, size_t(bytes));
  for (int i = 0; i < bytes; ++i)
    flags[address + i] |= Pending;
  return true;
}

void SharedMemory::deliver(Stamp mine, uint64_t address, int bytes,
                           const void *value) {
  memcpy(&data[address], value, size_t(bytes));
  for (int i = 0; i < bytes; ++i) {
    writer[address + i] = mine;
    flags[address + i] &= uint8_t(~Pending);
  }
}
