// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The GPU that kernels of each CUDA level are chosen for, as numbers.

#ifndef QUENCH_CODEGEN_TARGETS_GPU_H
#define QUENCH_CODEGEN_TARGETS_GPU_H

#include <string_view>

namespace quench::targets {

struct Gpu {
  /// Name of the target, and of a chip that has its numbers.
  std::string_view target;
  std::string_view chip;
  /// Streaming multiprocessors.
  int processors;
  /// Of one multiprocessor: int8 multiply-accumulates a cycle on tensor cores,
  /// bytes of shared memory, warps that can be there at a time.
  int macsPerCycle;
  int sharedBytes;
  int warps;
  /// Bytes of device memory a cycle, for the whole chip.
  double memoryBytesPerCycle;
  /// Cycles in a second, in millions (boost clock).
  int megahertz;
  /// Values of CMAKE_CUDA_ARCHITECTURES.
  std::string_view architectures;
};

/// Sources: NVIDIA Turing, Ampere (GA100) and Hopper architecture white papers:
/// T4 130 TOPS dense int8, 320 GB/s; A100 624 TOPS, 1555 GB/s; H100 SXM 1979
/// TOPS, 3350 GB/s, of which mma.sync reaches about five eighths (Luo et al.,
/// Benchmarking and Dissecting the Nvidia Hopper GPU Architecture, 2024).
/// 65,536 registers, 128 bytes of shared memory a cycle and four issue slots a
/// multiprocessor are the same for all.
inline constexpr Gpu gpuTable[] = {
    {"cuda_sm90", "H100", 132, 4096, 227 << 10, 64, 1830, 1830, "90"            },
    {"cuda_sm80", "A100", 108, 2048, 163 << 10, 64, 1103, 1410, "80;86;89;90"   },
    {"cuda_sm75", "T4",   40,  1024, 64 << 10,  32, 201,  1590, "75;80;86;89;90"},
};

/// The row of a target, or nullptr.
constexpr const Gpu *findGpu(std::string_view target) {
  for (const Gpu &gpu : gpuTable)
    if (gpu.target == target)
      return &gpu;
  return nullptr;
}

} // namespace quench::targets

#endif // QUENCH_CODEGEN_TARGETS_GPU_H
