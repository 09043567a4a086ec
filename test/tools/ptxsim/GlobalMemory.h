// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a kernel may touch of global memory. Device addresses are host
// addresses.

#ifndef TEST_TOOLS_PTXSIM_GLOBALMEMORY_H
#define TEST_TOOLS_PTXSIM_GLOBALMEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace ptxsim {

/// A range of addresses [begin, end).
struct Allocation {
  uint64_t begin = 0, end = 0;
  bool readOnly = false;
  bool freed = false;
  std::string name;

  bool contains(uint64_t address, uint64_t bytes) const {
    return address >= begin && bytes <= end - begin && address <= end - bytes;
  }
};

/// The registry of allocations. Changed between launches only.
class GlobalMemory {
public:
  GlobalMemory() = default;
  GlobalMemory(const GlobalMemory &) = delete;
  ~GlobalMemory();

  /// 256-byte aligned memory, filled with 0xA5; null if the host has none.
  void *allocate(uint64_t bytes);
  /// False if `address` is not the start of a live allocation. The range is
  /// remembered, so that a later access is a use after free.
  bool release(void *address);

  /// Memory that belongs to somebody else: variables, pinned host memory.
  void add(const void *address, uint64_t bytes, std::string name,
           bool readOnly = false);
  void remove(const void *address);

  /// The allocation that begins last at or before `address`, or null.
  const Allocation *find(uint64_t address) const;
  /// Empty if the access is legal, else what is wrong with it.
  std::string check(uint64_t address, uint64_t bytes, uint64_t alignment,
                    bool isWrite) const;

private:
  std::map<uint64_t, Allocation> ranges;
  std::map<void *, uint64_t> owned;
  int count = 0;
};

} // namespace ptxsim

#endif
