// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A device of one process: memory, options, statistics, and launches.

#ifndef TEST_TOOLS_PTXSIM_DEVICE_H
#define TEST_TOOLS_PTXSIM_DEVICE_H

#include "test/tools/ptxsim/Block.h"

#include <cstddef>
#include <span>

namespace ptxsim {

class Device {
public:
  /// Lets kernels use the variables of `module`, which must outlive the device.
  void load(const Module &module);

  /// Runs all blocks of a grid, on the threads of the host, and returns when
  /// they are done. \p params holds paramBytes of the kernel, in its layout.
  /// \return empty, or what went wrong in the first block that failed.
  std::string launch(const Kernel &kernel, Dim3 grid, Dim3 block,
                     uint32_t dynamicSharedBytes,
                     std::span<const std::byte> params);

  Options options;
  GlobalMemory memory;
  /// Of everything launched, by the name of the kernel.
  std::map<std::string, KernelStatistics> statistics;
};

} // namespace ptxsim

#endif
