// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A block in execution: its warps, one after the other between barriers.

#ifndef TEST_TOOLS_PTXSIM_BLOCK_H
#define TEST_TOOLS_PTXSIM_BLOCK_H

#include "test/tools/ptxsim/GlobalMemory.h"
#include "test/tools/ptxsim/Module.h"
#include "test/tools/ptxsim/SharedMemory.h"
#include "test/tools/ptxsim/Statistics.h"

#include <memory>

namespace ptxsim {

class Block;

struct Options {
  bool reverse = false; ///< last block and last warp first
  SharedChecks shared;
  bool statistics = true; ///< wavefronts and sectors; counts come always
  int threads = 0;        ///< of the host; 0 for as many as it has cores
  /// Instructions of one warp between barriers after which it is given up.
  uint64_t maxInstructions = uint64_t(1) << 32;
};

/// What all blocks of a launch share.
struct Launch {
  const Kernel &kernel;
  Dim3 grid, block;
  uint32_t dynamicSharedBytes;
  const std::byte *params;
  const GlobalMemory &memory;
  const Options &options;
};

/// Instr::flags of a barrier with a reduction.
enum : uint32_t { ReduceAnd = 0, ReduceOr = 1, ReducePopc = 2, Negated = 4 };

/// Generic addresses: windows far from any host address. Global, const: none.
inline constexpr uint64_t sharedWindow = uint64_t(0x51) << 56;
inline constexpr uint64_t localWindow = uint64_t(0x52) << 56;
inline constexpr uint64_t paramWindow = uint64_t(0x53) << 56;
inline constexpr uint64_t windowMask = uint64_t(0xFF) << 56;

/// A cp.async that still has to be delivered.
struct PendingCopy {
  uint32_t address = 0;
  uint32_t group = 0;
  uint8_t lane = 0, bytes = 0;
  std::byte value[16] = {};
};

/// 32 threads with one program counter while they agree, else one each.
class Warp {
public:
  Warp(Block &block, uint32_t index);

  /// Start of a register: 32 elements of T.
  template <class T>
  T *lanes(Reg reg) {
    return reinterpret_cast<T *>(registers + reg);
  }
  uint32_t &predicate(Reg reg) { return *lanes<uint32_t>(reg); }

  /// Reports an error of `lane` (-1: of the warp) and ends the launch.
  void fail(int lane, const std::string &what);
  /// False, and fails, unless the lanes of `mask` are `wanted`.
  bool expectLanes(uint32_t mask, uint32_t wanted);

  Stamp stamp(int lane) const;
  /// False, and fails, unless each lane may access its `bytes`.
  bool checkGlobal(const uint64_t *addresses, uint32_t mask, int bytes,
                   bool isWrite);

  /// Ends the copies of groups up to all but the newest `keep` of each lane.
  void deliverCopies(uint32_t mask, uint32_t keep);

  Block &block;
  const uint32_t index;
  uint32_t live = 0;          ///< lanes that have not exited
  uint32_t pc[warpSize]{};    ///< next instruction; of the running lanes, stale
  uint32_t current = 0;       ///< instruction in execution
  bool waiting = false;       ///< at a barrier, whose instruction is `current`
  uint32_t syncs = 0;         ///< bar.warp.sync executed
  uint32_t group[warpSize]{}; ///< cp.async groups committed
  std::vector<PendingCopy> copies;
  std::vector<std::byte> local; ///< localBytes of lane 0, of lane 1, ...

private:
  friend class Block;
  void prepare(const Dim3 &blockIndex);
  void setSpecials(const Dim3 &blockIndex);

  std::unique_ptr<std::byte[]> storage;
  std::byte *registers = nullptr;
  Allocation lastRange; ///< of checkGlobal
};

/// Runs blocks of one launch, one at a time; each host thread has one.
class Block {
public:
  explicit Block(const Launch &launch);

  /// \return false on an error, which `error` then describes.
  bool run(const Dim3 &index);

  const Launch &launch;
  const Kernel &kernel;
  Dim3 index;
  SharedMemory shared;
  KernelStatistics statistics;
  bool failed = false;
  std::string error;

private:
  void runWarp(Warp &warp);
  /// Runs the lanes of `active` from `pc` until they meet others at `stop`.
  void runLanes(Warp &warp, uint32_t active, uint32_t pc, uint32_t stop,
                uint64_t &budget);
  bool arrive(Warp &warp, const Instr &instr, uint32_t mask);
  void releaseBarrier();
  void reduce();

  std::vector<std::unique_ptr<Warp>> warps;
};

} // namespace ptxsim

#endif
