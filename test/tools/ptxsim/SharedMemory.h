// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shared memory of a block, and who touched each byte of it.

#ifndef TEST_TOOLS_PTXSIM_SHAREDMEMORY_H
#define TEST_TOOLS_PTXSIM_SHAREDMEMORY_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ptxsim {

/// When a thread did something: barriers of its block before (12 bits),
/// bar.warp.sync of its warp before (10 bits), index of the thread (10 bits).
/// Zero is never.
using Stamp = uint32_t;

/// True if nothing orders what was stamped `mine` and `other`: same epoch, and
/// another warp, or another lane without a bar.warp.sync between.
constexpr bool unordered(Stamp mine, Stamp other) {
  const uint32_t difference = mine ^ other;
  return difference < (1u << 20) &&
         ((difference & 0x3E0) || ((difference & 31) && difference < 1024));
}

/// What the checks of shared memory look at.
struct SharedChecks {
  bool races = true;
  bool uninitialised = false;
};

/// One access of one thread. Checks come with the access: a null pointer or
/// false says that `error` holds the reason.
class SharedMemory {
public:
  /// Prepares for a new block: bytes are 0xA5 and were touched by nobody.
  void reset(uint32_t bytes, SharedChecks checks);
  /// All threads of the block passed a barrier.
  void barrier();

  Stamp stamp(uint32_t thread, uint32_t warpSyncs) const {
    return epoch << 20 | (warpSyncs & 1023) << 10 | thread;
  }

  /// `bytes` is 1, 2, 4, 8 or 16, and the alignment asked for.
  const std::byte *read(Stamp mine, uint64_t address, int bytes);
  bool write(Stamp mine, uint64_t address, int bytes, const void *value);
  /// Where an atomic of `mine` may work. Atomics do not race with each other.
  std::byte *atomic(Stamp mine, uint64_t address, int bytes);

  /// cp.async: the bytes are 0xCD and pending until `deliver`.
  bool beginCopy(Stamp mine, uint64_t address, int bytes);
  void deliver(Stamp mine, uint64_t address, int bytes, const void *value);

  uint32_t size() const { return uint32_t(data.size()); }

  std::string error;

private:
  enum Flag : uint8_t {
    Written = 1,
    Pending = 2,
    ManyReaders = 4, ///< warps, in the epoch of the reader's stamp
    AtomicWriter = 8
  };

  bool inBounds(const char *what, uint64_t address, int bytes);
  bool mayRead(Stamp mine, uint32_t address, int bytes);
  bool mayWrite(Stamp mine, uint32_t address, int bytes, const void *value,
                bool isAtomic);
  bool fail(const char *what, uint64_t address, int bytes, std::string why);
  std::string who(Stamp stamp) const;

  std::vector<std::byte> data;
  std::vector<Stamp> writer, reader; ///< last of each byte
  std::vector<uint8_t> flags;
  SharedChecks checks;
  uint32_t epoch = 0;
};

} // namespace ptxsim

#endif
