// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The registry of allocations.

#include "test/tools/ptxsim/GlobalMemory.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace ptxsim;

namespace {

std::string hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string describe(const Allocation &range) {
  return range.name + " of " + std::to_string(range.end - range.begin) +
         " bytes at " + hex(range.begin);
}

} // namespace

GlobalMemory::~GlobalMemory() {
  for (const auto &[address, bytes] : owned)
    free(address);
}

void *GlobalMemory::allocate(uint64_t bytes) {
  // A whole unit more, so that two allocations never touch.
  const uint64_t size = (bytes + 511) / 256 * 256;
  void *address = aligned_alloc(256, size);
  if (!address)
    return nullptr;
  memset(address, 0xA5, size);
  owned[address] = bytes;
  add(address, bytes, "allocation " + std::to_string(count++));
  return address;
}

bool GlobalMemory::release(void *address) {
  if (!owned.erase(address))
    return false;
  ranges.at(uint64_t(address)).freed = true;
  free(address);
  return true;
}

void GlobalMemory::add(const void *address, uint64_t bytes, std::string name,
                       bool readOnly) {
  const uint64_t begin = uint64_t(address), end = begin + bytes;
  // The host may hand out memory that was freed before.
  for (auto at = ranges.begin(); at != ranges.end();)
    if (at->second.freed && at->second.begin < end && begin < at->second.end)
      at = ranges.erase(at);
    else
      ++at;
  ranges[begin] = {begin, end, readOnly, false, std::move(name)};
}

void GlobalMemory::remove(const void *address) {
  ranges.erase(uint64_t(address));
}

const Allocation *GlobalMemory::find(uint64_t address) const {
  auto after = ranges.upper_bound(address);
  return after == ranges.begin() ? nullptr : &std::prev(after)->second;
}

std::string GlobalMemory::check(uint64_t address, uint64_t bytes,
                                uint64_t alignment, bool isWrite) const {
  const std::string what = std::string("global ") +
                           (isWrite ? "write" : "read") + " of " +
                           std::to_string(bytes) + " bytes at " + hex(address);
  if (address % alignment)
    return what + " is misaligned";
  const Allocation *range = find(address);
  if (!range)
    return what + " is out of bounds: no allocation";
  if (!range->contains(address, bytes))
    return what +
           " is out of bounds: " + std::to_string(address - range->begin) +
           " bytes into " + describe(*range);
  if (range->freed)
    return what + " is a use after free of " + describe(*range);
  if (isWrite && range->readOnly)
    return what + " changes constant " + describe(*range);
  return "";
}
