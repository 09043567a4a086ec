// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a kernel did, counted. Sums over all its launches.

#ifndef TEST_TOOLS_PTXSIM_STATISTICS_H
#define TEST_TOOLS_PTXSIM_STATISTICS_H

#include "test/tools/ptxsim/Instr.h"

#include <map>
#include <string>

namespace ptxsim {

/// Accesses of warps to shared memory. A wavefront serves each of the 32 banks
/// of 4 bytes once; without bank conflicts `wavefronts` is `minimum`.
struct SharedTraffic {
  uint64_t instructions = 0, wavefronts = 0, minimum = 0;
};

/// Accesses of warps to global memory, in sectors of 32 bytes. `minimum` is
/// what the bytes asked for would fill.
struct GlobalTraffic {
  uint64_t instructions = 0, sectors = 0, minimum = 0;
};

struct KernelStatistics {
  uint64_t launches = 0, blocks = 0, threads = 0;
  uint64_t warpInstructions[size_t(OpClass::Count)] = {};
  uint64_t threadInstructions = 0; ///< lanes that executed, summed
  uint64_t mma = 0;                ///< instructions
  uint64_t macs = 0;               ///< multiply-accumulates of mma
  uint64_t barriers = 0;           ///< per block, not per warp
  uint64_t branches = 0, divergentBranches = 0;
  SharedTraffic ldmatrix, loadShared, storeShared;
  GlobalTraffic loadGlobal, storeGlobal, asyncCopy;
  int contractable = 0; ///< see Kernel

  void add(const KernelStatistics &other);
};

/// Wavefronts of one access of `bytes` (1 to 16) per lane of `mask`.
void countShared(SharedTraffic &traffic, const uint64_t *addresses,
                 uint32_t mask, int bytes);
/// Sectors of one access of `bytes` per lane of `mask`.
void countGlobal(GlobalTraffic &traffic, const uint64_t *addresses,
                 uint32_t mask, int bytes);

/// {"kernels": {"name": {...}}}
std::string toJson(const std::map<std::string, KernelStatistics> &kernels);

} // namespace ptxsim

#endif
